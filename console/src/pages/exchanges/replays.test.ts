import { expect, test } from "vitest";

import type { Bodies, ExchangeLine } from "../../api/types";
import { plainLine } from "./line.fixture";
import { compare, readOriginal, tellDifference } from "./replays";

const STREAM = [
  'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":9}}}\n\n',
  'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Down the hill"}}\n\n',
  'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":", then left."}}\n\n',
].join("");

const side = (text: string) => ({ text, size_bytes: text.length, is_cut: false });
const bodies = (answer: string): Bodies => ({
  client_request: side("{}"),
  provider_request: side("{}"),
  provider_answer: side(""),
  client_answer: side(answer),
  losses: [],
});

test("what the client got is read out of what was kept, its figures out of the ledger", () => {
  const answer = readOriginal(plainLine, bodies(STREAM), "anthropic_messages");
  expect([answer.state, answer.text]).toEqual(["done", "Down the hill, then left."]);
  expect([answer.firstAt, answer.endedAt, answer.usage?.output]).toEqual([120, 500, 5]);
  expect([answer.target, answer.exchange, answer.finish]).toEqual(["openai/gpt-5-mini", plainLine.id, "stop"]);
});

test("a whole answer is read too", () => {
  const whole = JSON.stringify({ choices: [{ message: { content: "Left." } }], usage: { completion_tokens: 99 } });
  const answer = readOriginal({ ...plainLine, is_stream: false }, bodies(whole), "openai_chat");
  expect([answer.text, answer.usage?.output]).toEqual(["Left.", 5]);
});

test("of an answer that was cut its beginning is shown", () => {
  const cut = STREAM.slice(0, STREAM.length - 30);
  expect(readOriginal(plainLine, bodies(cut), "anthropic_messages").text).toBe("Down the hill");
  expect(readOriginal({ ...plainLine, is_stream: false }, bodies('{"cho'), "openai_chat").text).toBe("");
});

test("one that failed says why", () => {
  const failed = { ...plainLine, outcome: "failed", error: "timeout" } as ExchangeLine;
  const answer = readOriginal(failed, bodies(""), "openai_chat");
  expect([answer.state, answer.error]).toEqual(["failed", "timeout"]);
});

test("a difference is told where both are known", () => {
  const then = { cost: 200, seconds: 2, output: 10 };
  expect(tellDifference(then, { cost: 100, seconds: 3, output: 10 })).toBe("cost −50\u202f%, time +50\u202f%, tokens out as before");
  expect(tellDifference(then, { cost: null, seconds: 2, output: null })).toBe("time as before");
  const answer = readOriginal(plainLine, bodies(STREAM), "anthropic_messages");
  expect(compare(answer, undefined)).toEqual({ cost: null, seconds: 0.5, output: 5 });
});
