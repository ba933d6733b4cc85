/** An exchange as it went, and its request sent again to other models: what is compared, and how they differ. */

import type { Bodies, ExchangeLine } from "../../api/types";
import { tellChange } from "../../format/totals";
import { addPiece, startAnswer, wholeSeconds, type Answer } from "../playground/answer";
import type { DialectName } from "../playground/ask";
import { dialectOf } from "../playground/dialects/all";
import { EventReader } from "../../api/sse";

export const MAX_REPLAYS = 3;

export interface Run {
  id: number;
  /** What was asked for. */
  model: string;
  answer: Answer;
}

/** What the client got then. Words come out of what was kept, times and tokens out of the ledger. */
export function readOriginal(exchange: ExchangeLine, bodies: Bodies, dialect: DialectName): Answer {
  const first = exchange.first_content_us;
  const answer: Answer = {
    ...startAnswer(0),
    state: exchange.outcome === "served" ? "done" : "failed",
    finish: exchange.finish,
    error: exchange.outcome === "served" ? "" : exchange.error || exchange.outcome,
    status: exchange.status,
    exchange: exchange.id,
    target: exchange.provider ? `${exchange.provider}/${exchange.model}` : "",
    losses: exchange.losses.join(", "),
    firstAt: first === null || first === undefined ? null : first / 1000,
    endedAt: exchange.duration_us / 1000,
    usage: { input: exchange.input_tokens, cached: exchange.cached_tokens, output: exchange.output_tokens },
  };
  return readPieces(bodies.client_answer.text, exchange.is_stream, dialect).reduce((all, piece) => {
    if (piece.kind !== "text" && piece.kind !== "thinking" && piece.kind !== "call") return all;
    return { ...addPiece(all, piece, answer.firstAt ?? 0), state: answer.state };
  }, answer);
}

/** As far as it can be read: of a long answer only the beginning may be there. */
function readPieces(text: string, isStream: boolean, dialect: DialectName) {
  const reader = dialectOf(dialect).reader();
  const pieces = [];
  try {
    if (!isStream) return reader.read(JSON.parse(text));
    const events = new EventReader();
    for (const data of [...events.feed(text), ...events.finish()]) {
      if (data !== "[DONE]") pieces.push(...reader.feed(JSON.parse(data)));
    }
  } catch {
    return pieces;
  }
  return pieces;
}

/** "cost −62 %, time +30 %": how an answer differs from the one of then. */
export function tellDifference(then: Compared, now: Compared): string {
  const parts = [
    ["cost", tellChange(now.cost, then.cost)],
    ["time", tellChange(now.seconds, then.seconds)],
    ["tokens out", tellChange(now.output, then.output)],
  ];
  return parts
    .filter(([, change]) => change)
    .map(([what, change]) => `${what} ${change}`)
    .join(", ");
}

export interface Compared {
  cost: number | null;
  seconds: number | null;
  output: number | null;
}

export function compare(answer: Answer, cost: number | null | undefined): Compared {
  return {
    cost: cost ?? null,
    seconds: answer.endedAt === null ? null : wholeSeconds(answer, 0),
    output: answer.usage?.output ?? null,
  };
}
