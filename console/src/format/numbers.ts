/** Numbers as people read them: short, aligned, with their unit. Nothing here reads the clock or the locale's commas. */

const SCALES: readonly [number, string][] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** "–" stands for a number that nobody knows, which is not the same as 0. */
export const UNKNOWN = "–";

const THIN = "\u202f";

/** 1 234 567 */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/** 1.23 M: three figures that matter. */
export function formatShort(value: number | null | undefined, unit = ""): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  const [scale, letter] = SCALES.find(([floor]) => size >= floor) ?? [1, ""];
  const suffix = letter + unit;
  return threeFigures(value / scale) + (suffix ? THIN + suffix : "");
}

/** 12.3, 1.23, 123, 0.123: without an exponent and without zeros that say nothing. */
export function threeFigures(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return trimZeros(value.toFixed(1));
  if (size >= 1) return trimZeros(value.toFixed(2));
  if (size >= 0.001) return trimZeros(value.toFixed(3));
  return value < 0 ? "−0" : "<0.001";
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Nano-dollars as dollars, to be read down a column: cents and four places, below a cent three figures. */
export function formatMoney(nanodollars: number | null | undefined): string {
  if (nanodollars === null || nanodollars === undefined) return UNKNOWN;
  const dollars = nanodollars / 1e9;
  const size = Math.abs(dollars);
  if (size === 0) return "$0";
  if (size >= 1000) return `$${formatCount(dollars)}`;
  if (size >= 1) return `$${dollars.toFixed(2)}`;
  if (size >= 0.01) return `$${dollars.toFixed(4)}`;
  return `$${trimZeros(dollars.toFixed(Math.min(9, 2 - Math.floor(Math.log10(size)))))}`;
}

/** To the last nano-dollar. */
export function formatExactMoney(nanodollars: number | null | undefined): string {
  if (nanodollars === null || nanodollars === undefined) return UNKNOWN;
  return `$${trimZeros((nanodollars / 1e9).toFixed(9))}`;
}

/** The same for the marks of an axis: three figures, whatever the size. */
export function formatMoneyMark(nanodollars: number): string {
  const dollars = nanodollars / 1e9;
  if (dollars === 0) return "$0";
  if (Math.abs(dollars) >= 1000) return `$${formatShort(dollars)}`;
  return Math.abs(dollars) >= 0.001 ? `$${threeFigures(dollars)}` : `${threeFigures(dollars * 1e6)}${THIN}µ$`;
}

export function formatBytes(bytes: number | null | undefined): string {
  return formatShort(bytes, "B");
}

/** A share between 0 and 1 as per cent. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return UNKNOWN;
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return `<0.1${THIN}%`;
  if (percent === 0 || percent === 100) return `${percent}${THIN}%`;
  return `${percent < 10 ? percent.toFixed(1) : percent.toFixed(0)}${THIN}%`;
}

/** A part of a whole; unknown where there is no whole. */
export function shareOf(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
