import type { LiveState } from "../../api/live";
import type { Live } from "../../api/types";
import { formatMoney, formatShort } from "../../format/numbers";
import { Sparkline } from "../../ui/Sparkline";
import styles from "./Overview.module.css";

interface Meter {
  label: string;
  read: (second: Live) => number;
  format: (value: number) => string;
}

const METERS: readonly Meter[] = [
  { label: "requests/s", read: (second) => second.requests_per_second, format: (value) => formatShort(value) },
  { label: "tokens/s", read: (second) => second.tokens_per_second, format: (value) => formatShort(value) },
  { label: "spent per hour", read: (second) => second.cost_nanodollars_per_second * 3600, format: formatMoney },
  { label: "failures/s", read: (second) => second.failed_per_second, format: (value) => formatShort(value) },
  { label: "in flight", read: (second) => second.in_flight, format: (value) => formatShort(value) },
  { label: "waiting", read: (second) => second.waiting, format: (value) => formatShort(value) },
];

/** What happens this second, and how it was in the last two minutes. */
export function LiveStrip({ live }: { live: LiveState }) {
  const last = live.seconds[live.seconds.length - 1];
  return (
    <dl className={styles.strip} aria-label="Now">
      {METERS.map((meter) => (
        <div key={meter.label} className={styles.meter}>
          <dt>{meter.label}</dt>
          <dd>{last ? meter.format(meter.read(last)) : "–"}</dd>
          <dd className={styles.spark} aria-hidden="true">
            <Sparkline values={live.seconds.map(meter.read)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
