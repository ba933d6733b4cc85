/** What can be read out of sums. Token classes never overlap, so that adding them is right. */

import type { Totals } from "../api/types";
import { shareOf } from "./numbers";

export function allInput(totals: Totals): number {
  return totals.input + cachedInput(totals) + totals.cache_write_5m + totals.cache_write_1h + totals.input_audio + totals.input_image;
}

export function cachedInput(totals: Totals): number {
  return totals.cache_read;
}

export function allOutput(totals: Totals): number {
  return totals.output + totals.reasoning + totals.output_audio + totals.output_image;
}

export function allTokens(totals: Totals): number {
  return allInput(totals) + allOutput(totals);
}

/** Failures of all that ended by themselves; a client that left is not one. */
export function errorRate(totals: Totals): number | null {
  return shareOf(totals.failed + totals.interrupted, totals.exchanges);
}

export function cachedShare(totals: Totals): number | null {
  return shareOf(totals.cache_read, allInput(totals));
}

export function meanLatencyUs(totals: Totals): number | null {
  return shareOf(totals.duration_us, totals.exchanges);
}

export function meanFirstContentUs(totals: Totals): number | null {
  return shareOf(totals.first_content_us, totals.first_contents);
}

/** "+12 %", against the same length of time before; empty where there was nothing to compare with. */
export function tellChange(now: number | null, before: number | null): string {
  if (now === null || before === null || before === 0) return "";
  const percent = Math.round((now / before - 1) * 100);
  if (percent === 0) return "as before";
  if (percent >= 1000) return `× ${Math.round(now / before)}`;
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent)}\u202f%`;
}
