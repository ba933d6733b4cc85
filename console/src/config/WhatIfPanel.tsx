import { useId, useState } from "react";

import type { Replayed, WhatIfEvent } from "../api/types";
import { formatCount, formatMoney } from "../format/numbers";
import { formatSeconds } from "../format/times";
import { tellChange } from "../format/totals";
import { Bar } from "../ui/Bar";
import { Button } from "../ui/Button";
import { Problem } from "../ui/Feedback";
import { Select } from "../ui/Field";
import { Table } from "../ui/Table";
import ui from "../ui/ui.module.css";
import styles from "./Config.module.css";
import { useWhatIf } from "./useWhatIf";
import { COUNTS, listDoubts, listTargets, meanSeconds, readProgress } from "./whatIf";

interface Props {
  /** The whole configuration, as it would be. */
  text: string;
  /** The names that clients ask for whose exchanges are tried; none: all. */
  names: readonly string[];
  /** Why it cannot be tried as it is. */
  problem?: string | undefined;
}

/** Where the exchanges of the past would have gone under another configuration, and at what cost. Nobody is asked for it. */
export function WhatIfPanel({ text, names, problem }: Props) {
  const [count, setCount] = useState("1000");
  const { trial, start, cancel } = useWhatIf();
  const heading = useId();
  return (
    <section className={styles.whatIf} aria-labelledby={heading}>
      <h3 id={heading}>What if it had been so before?</h3>
      <div className={ui.row}>
        <Select label="Over the last" options={COUNTS} value={count} onPick={setCount} />
        {trial.state === "running" ? (
          <Button onClick={cancel}>Cancel</Button>
        ) : (
          <Button disabled={problem !== undefined} onClick={() => void start({ text, names: [...names], since_ms: 0, limit: Number(count) })}>
            Try it over history
          </Button>
        )}
      </div>
      <p className={ui.soft}>{problem ?? `Exchanges ${tellSubject(names)}.`}</p>
      {trial.state === "running" ? <Progress event={trial.event} /> : null}
      {trial.state === "failed" ? <Problem error={trial.error} /> : null}
      {trial.state === "done" ? <Outcome replayed={trial.replayed} /> : null}
    </section>
  );
}

function tellSubject(names: readonly string[]): string {
  return names.length ? `that asked for ${names.join(" or ")}` : "of all names";
}

function Progress({ event }: { event: WhatIfEvent | null }) {
  return (
    <div className={ui.stack} role="status">
      <Bar label="Trying it" share={event ? readProgress(event) : 0} warnAt={2} badAt={2} />
      <p className={ui.soft}>{event?.stage === "replaying" ? `${formatCount(event.done)} of ${formatCount(event.total)} gone through` : "Reading what was recorded…"}</p>
    </div>
  );
}

function Outcome({ replayed }: { replayed: Replayed }) {
  const { exchanges, moved, happened, instead } = replayed;
  if (!exchanges) return <p role="status">{listDoubts(replayed)[0] ?? "No exchange is recorded that asked for it."}</p>;
  return (
    <div className={ui.stack}>
      <p role="status">
        <strong>
          {moved ? `${formatCount(moved)} of ${formatCount(exchanges)} exchanges` : `None of ${formatCount(exchanges)} exchanges`}
        </strong>{" "}
        would have gone elsewhere.
      </p>
      <dl className={styles.outcome}>
        <Pair label="Cost" was={formatMoney(happened.cost_nanodollars)} would={formatMoney(instead.cost_nanodollars)} change={tellChange(instead.cost_nanodollars, happened.cost_nanodollars)} />
        <Pair label="Mean time" was={formatSeconds(meanSeconds(happened))} would={formatSeconds(meanSeconds(instead))} change={tellChange(meanSeconds(instead), meanSeconds(happened))} />
        <Pair label="Failed" was={formatCount(happened.failed)} would={`about ${formatCount(instead.failed)}`} change="" />
      </dl>
      <Table
        label="Where they would have gone"
        rows={listTargets(replayed)}
        rowKey={(row) => row.target}
        columns={[
          { key: "target", title: "Target", cell: (row) => row.target },
          { key: "got", title: "Got", number: true, cell: (row) => formatCount(row.got.exchanges) },
          { key: "would", title: "Would get", number: true, cell: (row) => formatCount(row.wouldGet.exchanges) },
          { key: "cost", title: "Cost", number: true, wide: true, cell: (row) => formatMoney(row.got.cost_nanodollars) },
          { key: "instead", title: "Would cost", number: true, wide: true, cell: (row) => formatMoney(row.wouldGet.cost_nanodollars) },
        ]}
      />
      <p className={ui.soft}>
        {listDoubts(replayed).join(" ")} Tokens are taken to be the same with every model; times and failures are what these exchanges saw of each
        target.
      </p>
    </div>
  );
}

function Pair({ label, was, would, change }: { label: string; was: string; would: string; change: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {was} <span aria-label="would be">→</span> <strong>{would}</strong> {change ? <span className={ui.faint}>{change}</span> : null}
      </dd>
    </div>
  );
}
