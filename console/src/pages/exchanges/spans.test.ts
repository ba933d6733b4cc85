import { expect, test } from "vitest";

import { placeSpan, wholeOf } from "./spans";

test("a span stands where it began and is as wide as it took", () => {
  expect(placeSpan({ started_us: 250, duration_us: 500 }, 1000)).toEqual({ left: 25, width: 50 });
});

test("no span leaves its line, and none is too short to be seen", () => {
  expect(placeSpan({ started_us: 900, duration_us: 900 }, 1000)).toEqual({ left: 90, width: 10 });
  expect(placeSpan({ started_us: 1000, duration_us: 0 }, 1000)).toEqual({ left: 99.6, width: expect.closeTo(0.4) as number });
  expect(placeSpan({ started_us: 0, duration_us: 0 }, 0)).toEqual({ left: 0, width: 100 });
});

test("the whole reaches to the last span's end", () => {
  const span = { kind: "attempt" as const, label: "", number: 1, target: "", credential: "", error: "", error_phase: "", status: 200 };
  expect(wholeOf([{ ...span, started_us: 100, duration_us: 200 }], 50)).toBe(300);
  expect(wholeOf([], 50)).toBe(50);
});
