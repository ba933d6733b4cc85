import type { ExchangeDetail, Span } from "../../api/types";
import { formatMicroseconds } from "../../format/times";
import { Badge } from "../../ui/Badge";
import styles from "./Exchanges.module.css";
import { placeSpan, wholeOf } from "./spans";

/** Each span on the line of the whole: waiting, every attempt with its target, key and end, and the stream. */
export function Waterfall({ detail }: { detail: ExchangeDetail }) {
  const whole = wholeOf(detail.waterfall, detail.exchange.duration_us);
  if (!detail.waterfall.length) return <p>It ended before any provider was asked.</p>;
  return (
    <ol className={styles.waterfall}>
      {detail.waterfall.map((span, index) => (
        <li key={index} className={styles.span}>
          <div className={styles.spanName}>
            {span.label || span.kind} {span.error ? <Badge tone="bad">{span.error}</Badge> : null}
            <small>{describe(span)}</small>
          </div>
          <div className={styles.track} aria-hidden="true">
            <Piece span={span} whole={whole} />
          </div>
          <div className={styles.spanTime}>{formatMicroseconds(span.duration_us)}</div>
        </li>
      ))}
      <li className={styles.span}>
        <div className={styles.spanName}>
          <strong>All of it</strong>
        </div>
        <div aria-hidden="true" className={styles.noTrack} />
        <div className={styles.spanTime}>
          <strong>{formatMicroseconds(detail.exchange.duration_us)}</strong>
        </div>
      </li>
    </ol>
  );
}

function Piece({ span, whole }: { span: Span; whole: number }) {
  const { left, width } = placeSpan(span, whole);
  return (
    <div
      className={styles.piece}
      data-kind={span.kind}
      data-bad={span.error ? "" : undefined}
      style={{ left: `${left}%`, width: `${width}%` }}
    />
  );
}

function describe(span: Span): string {
  const parts = [
    `from ${formatMicroseconds(span.started_us)}`,
    span.target,
    span.credential && `with ${span.credential}`,
    span.error_phase && `failed at ${span.error_phase}`,
    span.status ? `status ${span.status}` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}
