/** What the list of exchanges is narrowed by. It stands in the address, so that a view can be kept and sent on. */

import type { ExchangeLine } from "../../api/types";

export const FIELDS = [
  "text",
  "outcome",
  "model",
  "provider",
  "route",
  "principal",
  "team",
  "user",
  "tag",
  "credential",
  "session",
  "dialect",
  "error",
] as const;

export type Field = (typeof FIELDS)[number];

export type Filters = Partial<Record<Field, string>> & { minutes?: string };

export function readFilters(search: Record<string, unknown>): Filters {
  const filters: Filters = {};
  for (const field of [...FIELDS, "minutes"] as const) {
    const value = search[field];
    if (typeof value === "string" || typeof value === "number") filters[field] = String(value);
  }
  return filters;
}

/** The same without what says nothing, so that the address stays short. */
export function dropEmpty(filters: Filters): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));
}

export function countFilters(filters: Filters): number {
  return Object.keys(dropEmpty(filters)).length;
}

type Read = (line: ExchangeLine) => readonly string[];

const READ: Record<Exclude<Field, "text" | "error">, Read> = {
  outcome: (line) => [line.outcome],
  model: (line) => [line.model, `${line.provider}/${line.model}`],
  provider: (line) => [line.provider],
  route: (line) => [line.route],
  principal: (line) => [line.principal],
  team: (line) => [line.team],
  user: (line) => [line.user],
  tag: (line) => line.tags,
  credential: (line) => [line.credential, `${line.provider}/${line.credential}`],
  session: (line) => [line.session],
  dialect: (line) => [line.client_dialect, line.provider_dialect],
};

/** Whether a line that has just arrived belongs into the list; the API decides the same for those it looks up. */
export function matches(line: ExchangeLine, filters: Filters): boolean {
  for (const field of FIELDS) {
    const wanted = filters[field];
    if (!wanted) continue;
    if (field === "text") {
      if (!holdsText(line, wanted)) return false;
    } else if (field === "error") {
      if (wanted === "any" ? !line.error : line.error !== wanted) return false;
    } else if (!READ[field](line).includes(wanted)) return false;
  }
  return true;
}

function holdsText(line: ExchangeLine, text: string): boolean {
  const words = [line.id, line.route, line.model, line.principal, line.user, line.session, line.error, ...line.tags, ...line.losses];
  const wanted = text.toLowerCase();
  return words.some((word) => word.toLowerCase().includes(wanted));
}

/** New lines above those that were looked up, each once. */
export function mergeLines(fresh: readonly ExchangeLine[], found: readonly ExchangeLine[]): ExchangeLine[] {
  const known = new Set(found.map((line) => line.id));
  const newest = found[0]?.started_ms ?? 0;
  const added = fresh.filter((line) => !known.has(line.id) && line.started_ms >= newest);
  return [...added, ...found];
}
