import { lazy, Suspense, useMemo } from "react";

import styles from "./Chart.module.css";
import type { PlotProps } from "./Plot";

const Plot = lazy(() => import("./Plot"));

/** A plot over time, drawn by a library that is fetched when the first one is shown. */
export function Chart(props: PlotProps) {
  const summary = useMemo(() => summarise(props), [props]);
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.caption}>
        <span className={styles.title}>{props.title}</span>
        <span className={styles.keys}>
          {props.series.length > 1
            ? props.series.map((one) => (
                <span key={one.label} className={styles.key}>
                  <span className={styles.swatch} data-colour={one.colour} />
                  {one.label}
                </span>
              ))
            : null}
        </span>
      </figcaption>
      <div role="img" aria-label={summary} className={styles.canvas}>
        <Suspense fallback={null}>
          <Plot {...props} />
        </Suspense>
      </div>
    </figure>
  );
}

function summarise({ title, series, format }: PlotProps): string {
  const parts = series.map((one) => {
    const known = one.values.filter((value): value is number => value !== null);
    if (!known.length) return `${one.label}: nothing`;
    return `${one.label}: last ${format(known[known.length - 1] ?? 0)}, most ${format(Math.max(...known))}`;
  });
  return `${title} over time. ${parts.join("; ")}.`;
}
