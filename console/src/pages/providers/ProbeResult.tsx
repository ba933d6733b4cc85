import type { Probe } from "../../api/types";
import { formatMilliseconds } from "../../format/times";
import { Badge } from "../../ui/Badge";
import styles from "./Providers.module.css";

export function ProbeResult({ probe }: { probe: Probe }) {
  return (
    <div className={styles.probe} role="status">
      <div>
        <Badge tone={probe.ok ? "good" : "bad"}>{probe.ok ? "It answers" : "It does not answer"}</Badge> {probe.target}
        {probe.status ? ` · status ${probe.status}` : ""} · {formatMilliseconds(probe.milliseconds)}
      </div>
      {probe.text ? <blockquote>{probe.text}</blockquote> : null}
      {probe.message ? <p>{probe.message}</p> : null}
    </div>
  );
}
