import { Link } from "@tanstack/react-router";

import { readPlace } from "../../api/place";
import type { Trouble } from "../../api/types";
import { formatSeconds } from "../../format/times";
import { Badge, type Tone } from "../../ui/Badge";
import { Card } from "../../ui/Card";
import { Words } from "../../ui/Words";
import styles from "./Overview.module.css";

const KINDS: Readonly<Record<string, readonly [string, Tone]>> = {
  credential_resting: ["Key rests", "warn"],
  credential_quarantined: ["Key refused", "bad"],
  credential_paused: ["Key paused", "plain"],
  provider_out: ["Provider out", "bad"],
  unpriced: ["No price", "warn"],
  ledger_behind: ["Ledger behind", "warn"],
  ledger_lost: ["Rows lost", "bad"],
  local_model: ["Local model", "bad"],
  budget: ["Budget", "warn"],
};

/** What is wrong now, and where to mend it. */
export function TroubleList({ trouble }: { trouble: readonly Trouble[] }) {
  if (!trouble.length) {
    return (
      <p className={styles.allWell}>
        <Badge tone="good">All well</Badge> Every key is ready, nothing waits to be mended.
      </p>
    );
  }
  return (
    <Card title={trouble.length === 1 ? "One thing needs a look" : `${trouble.length} things need a look`}>
      <ul className={styles.trouble}>
        {trouble.map((one) => {
          const [label, tone] = KINDS[one.kind] ?? [one.kind, "warn"];
          return (
            <li key={`${one.kind} ${one.subject}`}>
              <Badge tone={tone}>{label}</Badge>
              <strong>{one.subject}</strong>
              <span className={styles.message}>
                <Words>{one.message}</Words>
              </span>
              {one.seconds ? <span className={styles.until}>{formatSeconds(one.seconds)} left</span> : null}
              <Look trouble={one} />
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function Look({ trouble }: { trouble: Trouble }) {
  const place = readPlace(trouble.link);
  if (!place) return null;
  return (
    <Link {...place} aria-label={`Look at ${trouble.subject}`}>
      Look
    </Link>
  );
}
