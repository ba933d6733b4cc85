import { expect, test } from "vitest";

import { addPiece, endAnswer, failAnswer, firstSeconds, startAnswer, stopAnswer, tokensPerSecond, wholeSeconds } from "./answer";

const spoken = addPiece(addPiece(startAnswer(1000), { kind: "thinking", text: "hm" }, 1250), { kind: "text", text: "Hi" }, 1500);

test("the first thing that means something counts, be it a thought", () => {
  expect(firstSeconds(startAnswer(0))).toBeNull();
  expect(firstSeconds(spoken)).toBe(0.25);
});

test("speed is measured from the first token to the end", () => {
  const ended = endAnswer(addPiece(spoken, { kind: "usage", input: 5, cached: 0, output: 100 }, 2000), null, 3250);
  expect(tokensPerSecond(ended)).toBe(50);
  expect(tokensPerSecond(spoken)).toBeNull();
  expect(wholeSeconds(ended, 9999)).toBe(2.25);
  expect(wholeSeconds(spoken, 2000)).toBe(1);
});

test("an error inside the stream makes the answer a failed one, and keeps what was said", () => {
  const failed = endAnswer(addPiece(spoken, { kind: "error", message: "" }, 1600), null, 1700);
  expect([failed.state, failed.text]).toEqual(["failed", "Hi"]);
  expect(failed.error).not.toBe("");
  expect(failAnswer(spoken, "No.", 1).error).toBe("No.");
  expect(stopAnswer(spoken, 1).state).toBe("stopped");
});

test("an empty reason does not overwrite the one that was told", () => {
  const finished = addPiece(spoken, { kind: "finish", reason: "stop" }, 1);
  expect(addPiece(finished, { kind: "finish", reason: "" }, 2).finish).toBe("stop");
});
