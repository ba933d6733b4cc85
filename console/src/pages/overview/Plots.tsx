import { useMemo } from "react";

import type { Overview } from "../../api/types";
import { fillBuckets } from "../../format/buckets";
import { formatMoney, formatMoneyMark, formatShort } from "../../format/numbers";
import { formatMicroseconds } from "../../format/times";
import { allInput, allOutput, meanFirstContentUs, meanLatencyUs } from "../../format/totals";
import { Card } from "../../ui/Card";
import { Chart } from "../../ui/Chart";
import type { Series } from "../../ui/Plot";
import styles from "./Overview.module.css";

const short = (value: number) => formatShort(value);

export function Plots({ overview }: { overview: Overview }) {
  const { series, since_ms, until_ms, bucket } = overview;
  const drawn = useMemo(() => {
    const filled = fillBuckets(series, since_ms, until_ms, bucket);
    const read = (pick: (totals: Overview["totals"]) => number | null) => filled.map(({ totals }) => (totals ? pick(totals) : 0));
    const mean = (pick: (totals: Overview["totals"]) => number | null) => filled.map(({ totals }) => (totals ? pick(totals) : null));
    const one = (label: string, colour: Series["colour"], values: (number | null)[]): Series => ({ label, colour, values });
    return {
      times: filled.map(({ start_ms }) => start_ms),
      exchanges: [
        one("failed", "bad", read((t) => t.failed + t.interrupted)),
        one("served", "1", read((t) => t.exchanges - t.failed - t.interrupted)),
      ],
      tokens: [one("in", "1", read(allInput)), one("out", "2", read(allOutput))],
      cost: [one("cost", "1", read((t) => t.cost_nanodollars))],
      times_us: [one("to the end", "1", mean(meanLatencyUs)), one("to the first token", "2", mean(meanFirstContentUs))],
    };
  }, [series, since_ms, until_ms, bucket]);

  return (
    <div className={styles.plots}>
      <Card>
        <Chart title={`Exchanges per ${bucket}`} times={drawn.times} series={drawn.exchanges} format={short} stacked bars />
      </Card>
      <Card>
        <Chart title={`Cost per ${bucket}`} times={drawn.times} series={drawn.cost} format={formatMoney} mark={formatMoneyMark} bars />
      </Card>
      <Card>
        <Chart title={`Tokens per ${bucket}`} times={drawn.times} series={drawn.tokens} format={short} />
      </Card>
      <Card>
        <Chart title="Mean time" times={drawn.times} series={drawn.times_us} format={formatMicroseconds} />
      </Card>
    </div>
  );
}
