import { expect, test } from "vitest";

import { EventReader } from "./sse";

const STREAM = 'event: a\ndata: {"x":1}\n\n: comment\r\n\r\ndata: one\r\ndata: two\r\n\r\ndata:[DONE]\n\n';
const EVENTS = ['{"x":1}', "one\ntwo", "[DONE]"];

test("events come out whole", () => {
  expect(new EventReader().feed(STREAM)).toEqual(EVENTS);
});

test("a stream may be cut anywhere", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const reader = new EventReader();
    expect([...reader.feed(STREAM.slice(0, cut)), ...reader.feed(STREAM.slice(cut))]).toEqual(EVENTS);
  }
  const reader = new EventReader();
  expect([...STREAM].flatMap((letter) => reader.feed(letter))).toEqual(EVENTS);
});

test("an end without an empty line still gives its event", () => {
  const reader = new EventReader();
  expect([...reader.feed("data: last"), ...reader.finish()]).toEqual(["last"]);
});
