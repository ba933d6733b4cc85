/** What a changed configuration would have made of the exchanges that were recorded, ready to be shown. */

import type { Ledgered, Replayed, WhatIfEvent } from "../api/types";
import { shareOf } from "../format/numbers";

export const COUNTS = [
  { value: "100", label: "100 exchanges" },
  { value: "1000", label: "1 000 exchanges" },
  { value: "10000", label: "10 000 exchanges" },
] as const;

export interface TargetRow {
  target: string;
  got: Ledgered;
  wouldGet: Ledgered;
}

/** Those who would get the most come first. */
export function listTargets(replayed: Replayed): TargetRow[] {
  return Object.entries(replayed.targets)
    .map(([target, { happened, instead }]) => ({ target: target || "nobody", got: happened, wouldGet: instead }))
    .sort((one, other) => other.wouldGet.exchanges - one.wouldGet.exchanges || other.got.exchanges - one.got.exchanges);
}

export function meanSeconds({ duration_us, timed }: Ledgered): number | null {
  const mean = shareOf(duration_us, timed);
  return mean === null ? null : mean / 1e6;
}

/** Sentences about what is not in the figures. */
export function listDoubts(replayed: Replayed): string[] {
  const untimed = replayed.exchanges - replayed.instead.timed;
  const unpriced = replayed.instead.unpriced;
  return [
    untimed > 0 ? `${untimed} would go to targets of which no time is known.` : "",
    unpriced > 0 ? `${unpriced} would have no known price; the cost is that of the others.` : "",
    replayed.homeless > 0 ? `${replayed.homeless} more ask for a name that would lead nowhere.` : "",
  ].filter(Boolean);
}

/** Reading what was recorded and going through it count as one half each. */
export function readProgress({ stage, done, total }: Pick<WhatIfEvent, "stage" | "done" | "total">): number {
  const share = Math.min(shareOf(done, total) ?? 0, 1);
  if (stage === "done") return 1;
  return stage === "reading" ? share / 2 : 0.5 + share / 2;
}
