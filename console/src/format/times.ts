/** Durations and moments. A moment is shown in local time; `formatUtc` is what its tooltip says. */

import { threeFigures, UNKNOWN } from "./numbers";

const THIN = "\u202f";

/** 850 µs, 12.3 ms, 1.23 s, 2 min 05 s */
export function formatMicroseconds(microseconds: number | null | undefined): string {
  if (microseconds === null || microseconds === undefined || !Number.isFinite(microseconds)) return UNKNOWN;
  if (microseconds < 1000) return `${Math.round(microseconds)}${THIN}µs`;
  if (microseconds < 1e6) return `${threeFigures(microseconds / 1000)}${THIN}ms`;
  return formatSeconds(microseconds / 1e6);
}

export function formatMilliseconds(milliseconds: number | null | undefined): string {
  return formatMicroseconds(milliseconds === null || milliseconds === undefined ? milliseconds : milliseconds * 1000);
}

/** 1.23 s, 2 min 05 s, 3 h 20 min, 4 d 2 h */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return UNKNOWN;
  if (seconds < 1) return `${threeFigures(seconds * 1000)}${THIN}ms`;
  if (seconds < 100) return `${threeFigures(seconds)}${THIN}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}${THIN}min ${pad(whole % 60)}${THIN}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}${THIN}h ${pad(Math.floor((whole % 3600) / 60))}${THIN}min`;
  return `${Math.floor(whole / 86_400)}${THIN}d ${Math.floor((whole % 86_400) / 3600)}${THIN}h`;
}

function pad(value: number): string {
  return value.toString().padStart(2, "0");
}

/** 14:03:09, with the day before it unless that is today. */
export function formatMoment(unixMilliseconds: number, now: number = Date.now()): string {
  const date = new Date(unixMilliseconds);
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return isSameDay(date, new Date(now)) ? clock : `${formatDay(unixMilliseconds)} ${clock}`;
}

/** 2026-11-21, local. */
export function formatDay(unixMilliseconds: number): string {
  const date = new Date(unixMilliseconds);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** 2026-11-21 14:03:09.123 UTC */
export function formatUtc(unixMilliseconds: number): string {
  return `${new Date(unixMilliseconds).toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** "in 12 s", "3 min 05 s ago" */
export function formatAgo(unixMilliseconds: number, now: number): string {
  const seconds = (unixMilliseconds - now) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  const words = formatSeconds(Math.round(Math.abs(seconds)));
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}

function isSameDay(one: Date, other: Date): boolean {
  return (
    one.getFullYear() === other.getFullYear() &&
    one.getMonth() === other.getMonth() &&
    one.getDate() === other.getDate()
  );
}
