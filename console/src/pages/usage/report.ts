/** Which report is wanted, and its sums as series of a plot. */

import type { Query } from "../../api/client";
import type { Totals, UsageReport } from "../../api/types";
import { fillBuckets } from "../../format/buckets";
import type { Series } from "../../ui/Plot";

export const GROUPS = [
  { value: "model", label: "Model" },
  { value: "provider", label: "Provider" },
  { value: "route", label: "Route" },
  { value: "principal", label: "Key" },
  { value: "team", label: "Team" },
  { value: "user", label: "User" },
  { value: "tag", label: "Tag" },
  { value: "credential", label: "Provider's key" },
  { value: "day", label: "Day" },
  { value: "hour", label: "Hour" },
] as const;

export const SPANS = [
  { value: "1", label: "Last 24 hours" },
  { value: "7", label: "Last 7 days" },
  { value: "30", label: "Last 30 days" },
  { value: "90", label: "Last 90 days" },
  { value: "365", label: "Last year" },
] as const;

export interface Wish {
  by: string;
  days: string;
  model: string;
  provider: string;
  route: string;
  principal: string;
  team: string;
  user: string;
}

export const PLAIN_WISH: Wish = { by: "model", days: "7", model: "", provider: "", route: "", principal: "", team: "", user: "" };

export function readWish(search: Record<string, unknown>): Wish {
  const given = Object.keys(PLAIN_WISH).flatMap((name) => {
    const value = search[name];
    return typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [];
  });
  return { ...PLAIN_WISH, ...(Object.fromEntries(given) as Partial<Wish>) };
}

const DAY_MS = 86_400_000;
const HOURLY_DAYS = 2;

export function askReport({ days, ...rest }: Wish, now: number): Query {
  const span = Number(days) > 0 ? Number(days) : Number(PLAIN_WISH.days);
  return { ...rest, since_ms: now - span * DAY_MS, until_ms: now, bucket: span <= HOURLY_DAYS ? "hour" : "day" };
}

const COLOURS = ["1", "2", "3", "4", "5"] as const;
const DRAWN = COLOURS.length - 1;

/** The dearest names each as a series, the rest as one. A time in which a name has nothing counts 0. */
export function buildSeries(report: UsageReport, pick: (totals: Totals) => number): { times: number[]; series: Series[] } {
  if (!report.series.length) return { times: [], series: [] };
  const times = fillBuckets(report.series, report.since_ms, report.until_ms, report.bucket).map((bucket) => bucket.start_ms);
  const place = new Map(times.map((time, index) => [time, index]));
  const names = rank(report).slice(0, DRAWN);
  const rows = new Map<string, number[]>();
  for (const point of report.series) {
    const name = names.includes(point.name) ? point.name : "other";
    const row = rows.get(name) ?? times.map(() => 0);
    const index = place.get(point.start_ms);
    if (index === undefined) continue;
    row[index] = (row[index] ?? 0) + pick(point.totals);
    rows.set(name, row);
  }
  const series = [...names, "other"].flatMap((name, index) => {
    const values = rows.get(name);
    return values ? [{ label: name || "none", colour: COLOURS[index] ?? "5", values }] : [];
  });
  return { times, series };
}

function rank(report: UsageReport): string[] {
  const order = report.lines.map((line) => line.name);
  const there = new Set(report.series.map((point) => point.name));
  const known = order.filter((name) => there.has(name));
  const unknown = [...there].filter((name) => name !== "other" && !order.includes(name));
  return [...known, ...unknown];
}
