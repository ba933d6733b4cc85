import { expect, test } from "vitest";

import { endAnswer, failAnswer, startAnswer, type Answer } from "./answer";
import { askUser, buildAsk, checkOptions, isRunning, MAX_LANES, PLAIN_OPTIONS, readTools, readTurns, reduceBench, startBench } from "./bench";

const said = (text: string): Answer => endAnswer({ ...startAnswer(0), text }, { role: "assistant", content: text }, 1);
const step = (question: string, answer: Answer) => ({ asked: askUser(question, []), answer, dialect: "openai_chat" as const });

test("there are never more than four lanes", () => {
  let bench = startBench("a", "openai_chat");
  for (let index = 0; index < 6; index++) bench = reduceBench(bench, { type: "add", model: "b", dialect: "openai_chat" });
  expect(bench.lanes).toHaveLength(MAX_LANES);
  expect(new Set(bench.lanes.map((lane) => lane.id)).size).toBe(MAX_LANES);
});

test("an answer grows in its own lane only", () => {
  let bench = reduceBench(startBench("a", "openai_chat"), { type: "add", model: "b", dialect: "gemini_generate" });
  bench = reduceBench(bench, { type: "step", lane: 1, step: step("?", startAnswer(0)) });
  bench = reduceBench(bench, { type: "step", lane: 2, step: step("?", startAnswer(0)) });
  bench = reduceBench(bench, { type: "grow", lane: 2, answer: said("Hi") });
  expect(bench.lanes.map((lane) => lane.steps[0]?.answer.text)).toEqual(["", "Hi"]);
  expect(bench.lanes.map(isRunning)).toEqual([true, false]);
});

test("what failed is not sent again", () => {
  const turns = readTurns([step("one", said("1")), step("two", failAnswer(startAnswer(0), "No.", 1)), step("three", said("3"))]);
  expect(turns.map((turn) => (turn.role === "tool" ? "" : turn.text))).toEqual(["one", "1", "three", "3"]);
});

test("the options go along, empty ones do not", () => {
  const lane = startBench("m", "openai_chat").lanes[0]!;
  const plain = buildAsk(lane, PLAIN_OPTIONS, askUser("?", []));
  expect([plain.maxTokens, plain.temperature, plain.schema, plain.tools]).toEqual([null, null, null, []]);
  const full = buildAsk(lane, { ...PLAIN_OPTIONS, maxTokens: "9", temperature: "0", schema: '{"type":"object"}' }, askUser("?", []));
  expect([full.maxTokens, full.temperature, full.schema]).toEqual([9, 0, { type: "object" }]);
});

test("tools may be pasted in the words of several dialects", () => {
  const expected = [{ name: "look", description: "", parameters: { type: "object" } }];
  for (const source of [
    '[{"name": "look", "parameters": {"type": "object"}}]',
    '[{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]',
    '{"name": "look", "input_schema": {"type": "object"}}',
  ]) {
    expect(readTools(source)).toEqual(expected);
  }
  expect(readTools("")).toEqual([]);
  expect(readTools('[{"description": "no name"}]')).toBeNull();
});

test("what cannot be sent is said before it is sent", () => {
  const problems = checkOptions({ ...PLAIN_OPTIONS, tools: "{", schema: "[]", maxTokens: "0", temperature: "-1" });
  expect(Object.keys(problems).sort()).toEqual(["maxTokens", "schema", "temperature", "tools"]);
  expect(checkOptions(PLAIN_OPTIONS)).toEqual({});
});
