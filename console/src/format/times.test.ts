import { expect, test } from "vitest";

import { formatAgo, formatDay, formatMicroseconds, formatMoment, formatSeconds, formatUtc } from "./times";

test("a duration is told in the unit that fits it", () => {
  expect(formatMicroseconds(850)).toBe("850\u202fµs");
  expect(formatMicroseconds(12_340)).toBe("12.3\u202fms");
  expect(formatMicroseconds(1_234_000)).toBe("1.23\u202fs");
  expect(formatSeconds(125)).toBe("2\u202fmin 05\u202fs");
  expect(formatSeconds(12_000)).toBe("3\u202fh 20\u202fmin");
  expect(formatSeconds(360_000)).toBe("4\u202fd 4\u202fh");
});

test("today's moments need no day", () => {
  const noon = new Date(2026, 10, 21, 12, 0, 5).getTime();
  expect(formatMoment(noon, noon + 1000)).toBe("12:00:05");
  expect(formatMoment(noon, noon + 86_400_000)).toBe("2026-11-21 12:00:05");
  expect(formatDay(noon)).toBe("2026-11-21");
});

test("the hover says the same moment in UTC", () => {
  expect(formatUtc(0)).toBe("1970-01-01 00:00:00.000 UTC");
});

test("a moment is before or after now", () => {
  expect(formatAgo(12_000, 0)).toBe("in 12\u202fs");
  expect(formatAgo(0, 185_000)).toBe("3\u202fmin 05\u202fs ago");
  expect(formatAgo(0, 400)).toBe("now");
});
