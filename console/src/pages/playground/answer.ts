/** One answer as it grows: pieces and times in, what is shown out. */

import type { Call, Piece } from "./ask";
import type { Json } from "./json";

export interface Answer {
  state: "waiting" | "streaming" | "done" | "failed" | "stopped";
  text: string;
  thinking: string;
  calls: readonly Call[];
  finish: string;
  usage: { input: number; cached: number; output: number } | null;
  error: string;
  /** Milliseconds of a clock that only goes forward. */
  startedAt: number;
  firstAt: number | null;
  endedAt: number | null;
  status: number;
  exchange: string;
  target: string;
  losses: string;
  /** What came, byte for byte. */
  raw: string;
  own: Json;
}

export function startAnswer(now: number): Answer {
  return {
    state: "waiting",
    text: "",
    thinking: "",
    calls: [],
    finish: "",
    usage: null,
    error: "",
    startedAt: now,
    firstAt: null,
    endedAt: null,
    status: 0,
    exchange: "",
    target: "",
    losses: "",
    raw: "",
    own: null,
  };
}

export function addPiece(answer: Answer, piece: Piece, now: number): Answer {
  const grown: Answer = { ...answer, state: "streaming" };
  switch (piece.kind) {
    case "text":
      return { ...grown, text: answer.text + piece.text, firstAt: answer.firstAt ?? now };
    case "thinking":
      return { ...grown, thinking: answer.thinking + piece.text, firstAt: answer.firstAt ?? now };
    case "call":
      return { ...grown, calls: [...answer.calls, piece.call], firstAt: answer.firstAt ?? now };
    case "usage":
      return { ...grown, usage: { input: piece.input, cached: piece.cached, output: piece.output } };
    case "finish":
      return piece.reason ? { ...grown, finish: piece.reason } : grown;
    case "error":
      return { ...grown, error: piece.message || "The stream ended in an error." };
  }
}

export function endAnswer(answer: Answer, own: Json, now: number): Answer {
  return { ...answer, own, endedAt: now, state: answer.error ? "failed" : "done" };
}

export function failAnswer(answer: Answer, error: string, now: number): Answer {
  return { ...answer, error, endedAt: now, state: "failed" };
}

export function stopAnswer(answer: Answer, now: number): Answer {
  return { ...answer, endedAt: now, state: "stopped" };
}

/** Seconds from the request to the first thing that means something. */
export function firstSeconds(answer: Answer): number | null {
  return answer.firstAt === null ? null : (answer.firstAt - answer.startedAt) / 1000;
}

export function wholeSeconds(answer: Answer, now: number): number {
  return ((answer.endedAt ?? now) - answer.startedAt) / 1000;
}

/** Tokens per second once it speaks; unknown where the answer came in one piece or said no usage. */
export function tokensPerSecond(answer: Answer): number | null {
  if (!answer.usage || answer.firstAt === null || answer.endedAt === null) return null;
  const seconds = (answer.endedAt - answer.firstAt) / 1000;
  return seconds > 0.02 ? answer.usage.output / seconds : null;
}
