import { expect, test } from "vitest";

import { formatBytes, formatCount, formatExactMoney, formatMoney, formatMoneyMark, formatShare, formatShort, shareOf, UNKNOWN } from "./numbers";

test("a count is grouped by thousands", () => {
  expect(formatCount(1234567)).toBe("1\u202f234\u202f567");
  expect(formatCount(999)).toBe("999");
});

test("what nobody knows is not zero", () => {
  expect(formatMoney(null)).toBe(UNKNOWN);
  expect(formatMoney(0)).toBe("$0");
  expect(formatCount(undefined)).toBe(UNKNOWN);
  expect(shareOf(0, 0)).toBeNull();
});

test("a short number has three figures and its scale", () => {
  expect(formatShort(1234567)).toBe("1.23\u202fM");
  expect(formatShort(12.04)).toBe("12");
  expect(formatShort(0.25, "req/s")).toBe("0.25\u202freq/s");
  expect(formatBytes(1500)).toBe("1.5\u202fkB");
});

test("a sum of money that is small keeps the places that show it", () => {
  expect(formatMoney(1)).toBe("$0.000000001");
  expect(formatMoney(1_250_000)).toBe("$0.00125");
  expect(formatMoney(8_869_512)).toBe("$0.00887");
  expect(formatExactMoney(8_869_512)).toBe("$0.008869512");
  expect(formatExactMoney(null)).toBe(UNKNOWN);
  expect(formatMoney(31_400_000)).toBe("$0.0314");
  expect(formatMoney(12_345_678_901)).toBe("$12.35");
  expect(formatMoney(1_234_567 * 1e9)).toBe("$1\u202f234\u202f567");
});

test("a share is per cent, with a place only where it is small", () => {
  expect(formatShare(0.034)).toBe("3.4\u202f%");
  expect(formatShare(0.0004)).toBe("<0.1\u202f%");
  expect(formatShare(0.5)).toBe("50\u202f%");
  expect(formatShare(1)).toBe("100\u202f%");
});

test("a mark of an axis is short, however small the sum", () => {
  expect([0, 12_500, 12_500_000, 1_500_000_000, 2e15].map(formatMoneyMark)).toEqual([
    "$0",
    "12.5\u202fµ$",
    "$0.013",
    "$1.5",
    "$2\u202fM",
  ]);
});
