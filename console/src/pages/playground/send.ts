/** Asks the data plane as a client would, through the door that takes the console's session in place of a key. */

import { BASE, CONSOLE_HEADER } from "../../api/client";
import { parseRefusal } from "../../api/errors";
import { addPiece, endAnswer, failAnswer, startAnswer, stopAnswer, type Answer } from "./answer";
import type { Dialect, WireRequest } from "./ask";
import { EventReader } from "../../api/sse";

export const PLAY = `${BASE}/play`;

interface Sending {
  dialect: Dialect;
  request: WireRequest;
  isStream: boolean;
  signal: AbortSignal;
  onChange: (answer: Answer) => void;
}

/** Resolves when the answer has ended, however it did. */
export async function sendRequest({ dialect, request, isStream, signal, onChange }: Sending): Promise<Answer> {
  let answer = startAnswer(performance.now());
  const grow = (next: Answer) => {
    answer = next;
    onChange(answer);
  };
  grow(answer);
  try {
    const response = await fetch(PLAY + request.path, {
      method: "POST",
      headers: { "content-type": "application/json", ...CONSOLE_HEADER, ...request.headers },
      body: JSON.stringify(request.body),
      credentials: "same-origin",
      signal,
    });
    grow({ ...answer, ...readHeaders(response) });
    if (!response.ok || !isStream) await readWhole(response, dialect, answer, grow);
    else await readStream(response, dialect, () => answer, grow);
  } catch (error) {
    const now = performance.now();
    grow(signal.aborted ? stopAnswer(answer, now) : failAnswer(answer, explain(error), now));
  }
  return answer;
}

function readHeaders(response: Response): Pick<Answer, "status" | "exchange" | "target" | "losses"> {
  const header = (name: string) => response.headers.get(name) ?? "";
  return {
    status: response.status,
    exchange: header("x-dragoman-exchange"),
    target: header("x-dragoman-target"),
    losses: header("x-dragoman-losses"),
  };
}

async function readWhole(response: Response, dialect: Dialect, before: Answer, grow: (answer: Answer) => void): Promise<void> {
  const raw = await response.text();
  const now = performance.now();
  const answer = { ...before, raw };
  if (!response.ok) {
    grow(failAnswer(answer, parseRefusal(response.status, raw).message, now));
    return;
  }
  const reader = dialect.reader();
  const grown = reader.read(JSON.parse(raw)).reduce((all, piece) => addPiece(all, piece, now), answer);
  grow(endAnswer(grown, reader.own(), now));
}

async function readStream(response: Response, dialect: Dialect, now: () => Answer, grow: (answer: Answer) => void): Promise<void> {
  const reader = dialect.reader();
  const events = new EventReader();
  const take = (found: readonly string[], answer: Answer) =>
    found
      .filter((data) => data !== "[DONE]")
      .flatMap((data) => reader.feed(JSON.parse(data)))
      .reduce((all, piece) => addPiece(all, piece, performance.now()), answer);
  const decoder = new TextDecoder();
  const body = response.body?.getReader();
  for (let step = await body?.read(); step && !step.done; step = await body?.read()) {
    const piece = decoder.decode(step.value, { stream: true });
    grow(take(events.feed(piece), { ...now(), raw: now().raw + piece }));
  }
  grow(endAnswer(take(events.finish(), now()), reader.own(), performance.now()));
}

function explain(error: unknown): string {
  if (error instanceof SyntaxError) return "The answer cannot be read as JSON; its bytes say what came.";
  return "The connection broke. Is the gateway still running?";
}
