/** Reads decoded JSON of which nothing is sure: what is not there or of another kind reads as nothing. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = Record<string, Json>;

export function pick(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return typeof step === "number" ? (inner as unknown[])[step] : undefined;
    return typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[step] : undefined;
  }, value);
}

export function text(value: unknown, ...path: (string | number)[]): string {
  const found = pick(value, ...path);
  return typeof found === "string" ? found : "";
}

export function count(value: unknown, ...path: (string | number)[]): number {
  const found = pick(value, ...path);
  return typeof found === "number" ? found : 0;
}

export function list(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = pick(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** An object for a request, without what is undefined. */
export function compact(fields: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
}

export function parseObject(source: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}
