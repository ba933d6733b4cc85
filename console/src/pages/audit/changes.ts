/** What an entry of the audit log changed, for people: without what is empty, and money in dollars. */

import { formatCount, formatMoney } from "../../format/numbers";
import { formatMoment } from "../../format/times";

const EMPTY = new Set(['""', "[]", "{}", "null", "false", "0", ""]);
const HIDDEN = new Set(["id", "created_ms", "maker"]);

export interface ChangeLine {
  name: string;
  value: string;
}

export function listChanges(changes: Readonly<Record<string, string>>): ChangeLine[] {
  return Object.entries(changes)
    .filter(([name, value]) => !HIDDEN.has(name) && !EMPTY.has(value))
    .map(([name, value]) => ({ name: name.replace(/_ms$/, "").replaceAll("_", " "), value: showValue(name, value) }));
}

/** Values come as JSON; what is none, or is no more than a number, stays as it came. */
function showValue(name: string, source: string): string {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return source;
  }
  if (typeof value === "number") return name.endsWith("_ms") ? formatMoment(value) : source;
  return show("", value);
}

function show(name: string, value: unknown): string {
  if (name === "budgets" && isObject(value)) return list(value, (_, amount) => formatMoney(Number(amount)));
  if (typeof value === "string") return value;
  if (typeof value === "number") return formatCount(value);
  if (Array.isArray(value)) return value.map((one) => show("", one)).join(", ");
  return isObject(value) ? list(value, show) : String(value);
}

function list(value: Record<string, unknown>, tell: (name: string, inner: unknown) => string): string {
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${tell(name, inner)}`)
    .join(", ");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
