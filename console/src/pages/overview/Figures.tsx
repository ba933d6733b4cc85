import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { Overview, Percentiles } from "../../api/types";
import { formatCount, formatMoney, formatShare, formatShort } from "../../format/numbers";
import { formatMicroseconds } from "../../format/times";
import { allInput, allOutput, cachedShare, errorRate, tellChange } from "../../format/totals";
import styles from "./Overview.module.css";

/** The sums of the chosen time, each with what it was in the time before. */
export function Figures({ overview, filters }: { overview: Overview; filters: Record<string, string> }) {
  const { totals, before } = overview;
  const failed = totals.failed + totals.interrupted;
  const saved = overview.cache_saved_nanodollars;
  return (
    <dl className={styles.figures}>
      <Figure label="Exchanges" value={formatCount(totals.exchanges)} note={tellChange(totals.exchanges, before.exchanges)} />
      <Figure
        label="Failed"
        value={formatShare(errorRate(totals))}
        note={
          failed ? (
            <Link to="/exchanges" search={{ ...filters, error: "any" }}>
              {formatCount(failed)} of them
            </Link>
          ) : (
            "none of them"
          )
        }
        isBad={(errorRate(totals) ?? 0) > 0.05}
      />
      <Figure
        label="Cost"
        value={formatMoney(totals.cost_nanodollars)}
        note={totals.unpriced ? `${formatCount(totals.unpriced)} without a price` : tellChange(totals.cost_nanodollars, before.cost_nanodollars)}
      />
      <Figure label="Tokens in" value={formatShort(allInput(totals))} note={`${formatShare(cachedShare(totals))} from caches`} />
      <Figure label="Tokens out" value={formatShort(allOutput(totals))} note={tellChange(allOutput(totals), allOutput(before))} />
      <Figure
        label="Saved by caches"
        value={formatMoney(saved)}
        note={tellCache(totals.hits, saved)}
      />
      <Spread label="Latency" values={overview.latency} />
      <Spread label="Time to first token" values={overview.first_content} />
    </dl>
  );
}

function tellCache(hits: number, saved: number | null | undefined): string {
  if (hits > 0) return `${formatCount(hits)} answers given again`;
  return saved === null || saved === undefined ? "no prices for it" : "at the same prices";
}

function Figure({ label, value, note, isBad }: { label: string; value: string; note: ReactNode; isBad?: boolean }) {
  return (
    <div className={styles.figure}>
      <dt>{label}</dt>
      <dd className={styles.value} data-bad={isBad || undefined}>
        {value}
      </dd>
      <dd className={styles.note}>{note || "\u00a0"}</dd>
    </div>
  );
}

function Spread({ label, values }: { label: string; values: Percentiles }) {
  return (
    <div className={styles.figure} title={`Of ${formatCount(values.sample)} exchanges`}>
      <dt>{label}, p50</dt>
      <dd className={styles.value}>{formatMicroseconds(values.p50_us)}</dd>
      <dd className={styles.note}>
        p95 {formatMicroseconds(values.p95_us)} · p99 {formatMicroseconds(values.p99_us)}
      </dd>
    </div>
  );
}
