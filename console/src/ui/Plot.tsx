import "uplot/dist/uPlot.min.css";

import { useEffect, useRef } from "react";
import UPlot from "uplot";

import { formatMoment } from "../format/times";
import { useTheme } from "../theme";
import styles from "./Chart.module.css";

export interface Series {
  label: string;
  colour: "1" | "2" | "3" | "4" | "5" | "bad";
  values: readonly (number | null)[];
}

export interface PlotProps {
  title: string;
  /** Unix milliseconds, ascending. */
  times: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
  /** How the marks of the axis are written, where that has to be shorter. */
  mark?: (value: number) => string;
  /** One series above the other instead of each from the ground. */
  stacked?: boolean;
  bars?: boolean;
}

const HEIGHT = 168;
const LEAST_TOP = 10; // of an axis on which everything is 0

/** Each series raised by those before it; drawn from the last to the first, so that the lower ones lie on top. */
export function stack(series: readonly (readonly (number | null)[])[]): number[][] {
  const sums: number[][] = [];
  for (const values of series) {
    const below = sums[sums.length - 1];
    sums.push(values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)));
  }
  return sums;
}

export default function Plot({ times, series, format, mark = format, stacked, bars }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const theme = useTheme();

  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const drawn = series.map((one, index) => ({ one, values: stacked ? (stack(series.map((s) => s.values))[index] ?? []) : one.values }));
    if (stacked) drawn.reverse();
    const write = (plot: UPlot) => writeTip(plot, tip.current, times, series, format);
    const plot = new UPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        padding: [8, 18, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        scales: { x: { time: true, ...(bars ? { range: makeRoom(times) } : {}) }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : LEAST_TOP] } },
        axes: [
          { stroke: colour("ink-faint"), grid: { show: false }, ticks: { show: false }, size: 26, font: "11px system-ui", values: clockMarks },
          {
            stroke: colour("ink-faint"),
            grid: { stroke: colour("line"), width: 1 },
            ticks: { show: false },
            size: 62,
            font: "11px system-ui",
            values: (_, marks) => marks.map(mark),
          },
        ],
        series: [
          {},
          ...drawn.map(({ one }) => {
            const ink = colour(one.colour === "bad" ? "bad" : `plot-${one.colour}`);
            const paths = bars ? UPlot.paths.bars?.({ size: [0.72, 40], align: 0 }) : undefined;
            return {
              label: one.label,
              stroke: ink,
              width: bars ? 0 : 1.75,
              points: { show: !bars && one.values.filter((value) => value !== null).length < 3 },
              spanGaps: true,
              ...(stacked || bars ? { fill: bars ? ink : `${ink}cc` } : {}),
              ...(paths ? { paths } : {}),
            };
          }),
        ],
        hooks: { setCursor: [write] },
      },
      [times.map((time) => time / 1000), ...drawn.map(({ values }) => [...values])] as UPlot.AlignedData,
      place,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    watch.observe(place);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [times, series, format, mark, stacked, bars, theme]);

  return (
    <>
      <div ref={box} />
      <div ref={tip} className={styles.tip} hidden />
    </>
  );
}

/** Half a bar's room before the first and after the last, where otherwise half of those would be cut off. */
export function makeRoom(times: readonly number[]): (plot: unknown, least: number, most: number) => [number, number] {
  const step = times.length > 1 ? ((times[1] ?? 0) - (times[0] ?? 0)) / 1000 : 60;
  return (_, least, most) => [least - step / 2, most + step / 2];
}

function clockMarks(plot: UPlot, marks: number[]): string[] {
  const isLong = ((plot.scales.x?.max ?? 0) - (plot.scales.x?.min ?? 0)) > 2 * 86_400;
  return marks.map((mark) => {
    const date = new Date(mark * 1000);
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
    return isLong ? `${two(date.getMonth() + 1)}-${two(date.getDate())}` : clock;
  });
}

function two(value: number): string {
  return value.toString().padStart(2, "0");
}

function writeTip(
  plot: UPlot,
  tip: HTMLDivElement | null,
  times: readonly number[],
  series: readonly Series[],
  format: (value: number) => string,
): void {
  if (!tip) return;
  const index = plot.cursor.idx;
  const time = typeof index === "number" ? times[index] : undefined;
  tip.hidden = typeof index !== "number" || time === undefined;
  if (typeof index !== "number" || time === undefined) return;
  const lines = series.map((one) => `${one.label}  ${one.values[index] === null ? "–" : format(one.values[index] ?? 0)}`);
  tip.textContent = [formatMoment(time), ...lines].join("\n");
  const left = (plot.cursor.left ?? 0) + 70;
  const isRight = left > plot.width / 2;
  tip.style.left = isRight ? "" : `${left}px`;
  tip.style.right = isRight ? `${plot.width - left + 24}px` : "";
}
