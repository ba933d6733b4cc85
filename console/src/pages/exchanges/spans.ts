/** Where each span of an exchange stands on its line, in per cent of the whole. */

import type { Span } from "../../api/types";

export interface Piece {
  left: number;
  width: number;
}

const LEAST = 0.4; // so that the shortest span can be seen

export function placeSpan(span: Pick<Span, "started_us" | "duration_us">, wholeUs: number): Piece {
  if (wholeUs <= 0) return { left: 0, width: 100 };
  const left = clamp((span.started_us / wholeUs) * 100, 0, 100 - LEAST);
  return { left, width: clamp((span.duration_us / wholeUs) * 100, LEAST, 100 - left) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** The end of the last span: an exchange that is not settled yet has spans and no duration. */
export function wholeOf(spans: readonly Span[], durationUs: number): number {
  return Math.max(durationUs, ...spans.map((span) => span.started_us + span.duration_us));
}
