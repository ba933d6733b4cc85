import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { buildUrl, get } from "../../api/client";
import type { UsageReport } from "../../api/types";
import { formatMoney, formatMoneyMark, formatShort } from "../../format/numbers";
import { PageFrame } from "../../frame/Page";
import { Card } from "../../ui/Card";
import { Chart } from "../../ui/Chart";
import { Empty, Loaded } from "../../ui/Feedback";
import { Select, TextField } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import { askReport, buildSeries, GROUPS, readWish, SPANS, type Wish } from "./report";
import styles from "./Usage.module.css";
import { UsageTable } from "./UsageTable";

const NARROWINGS = [
  ["model", "Model"],
  ["provider", "Provider"],
  ["route", "Route"],
  ["principal", "Key"],
  ["team", "Team"],
  ["user", "User"],
] as const;

export function Page() {
  const search = useSearch({ strict: false });
  const wish = useMemo(() => readWish(search), [search]);
  const navigate = useNavigate();
  const [now, setNow] = useState(() => Date.now());
  const set = (part: Partial<Wish>) => {
    setNow(Date.now());
    const next = Object.fromEntries(Object.entries({ ...wish, ...part }).filter(([, value]) => value !== ""));
    void navigate({ to: "/usage", search: next, replace: true });
  };
  const question = useMemo(() => askReport(wish, now), [wish, now]);
  const query = useQuery({
    queryKey: ["usage", question],
    queryFn: ({ signal }) => get<UsageReport>("/usage", question, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <PageFrame
      title="Usage"
      says="What was consumed and what it cost."
      actions={
        <a className={ui.button} href={buildUrl("/usage", { ...question, format: "csv" })} download="usage.csv">
          Export CSV
        </a>
      }
    >
      <div className={styles.controls}>
        <Select label="By" options={GROUPS} value={wish.by} onPick={(by) => set({ by })} />
        <Select label="Time" options={SPANS} value={wish.days} onPick={(days) => set({ days })} />
        {NARROWINGS.map(([field, label]) => (
          <TextField
            key={`${field} ${wish[field]}`}
            label={label}
            placeholder="all"
            defaultValue={wish[field]}
            onBlur={(event) => set({ [field]: event.target.value.trim() })}
            onKeyDown={(event) => {
              if (event.key === "Enter") set({ [field]: event.currentTarget.value.trim() });
            }}
          />
        ))}
      </div>
      <Loaded query={query}>{(report) => <Report report={report} />}</Loaded>
    </PageFrame>
  );
}

function Report({ report }: { report: UsageReport }) {
  const drawn = useMemo(
    () => ({
      cost: buildSeries(report, (totals) => totals.cost_nanodollars),
      exchanges: buildSeries(report, (totals) => totals.exchanges),
    }),
    [report],
  );
  if (!report.lines.length) {
    return (
      <Empty title="Nothing was used in this time">
        <p>
          Choose a longer time or take a filter away, or send something from the <Link to="/playground">playground</Link>.
        </p>
      </Empty>
    );
  }
  return (
    <>
      {drawn.cost.times.length ? (
        <div className={styles.plots}>
          <Card>
            <Chart title={`Cost per ${report.bucket}`} {...drawn.cost} format={formatMoney} mark={formatMoneyMark} stacked bars />
          </Card>
          <Card>
            <Chart title={`Exchanges per ${report.bucket}`} {...drawn.exchanges} format={short} stacked bars />
          </Card>
        </div>
      ) : null}
      <UsageTable report={report} />
    </>
  );
}

const short = (value: number) => formatShort(value);
