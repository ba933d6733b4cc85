import { Link } from "@tanstack/react-router";

import type { Line } from "../../api/types";
import { formatCount, formatMoney, formatShare, formatShort } from "../../format/numbers";
import { formatMicroseconds } from "../../format/times";
import { allTokens, errorRate, meanLatencyUs } from "../../format/totals";
import { Card } from "../../ui/Card";
import { Table } from "../../ui/Table";
import { Tabs } from "../../ui/Tabs";
import styles from "./Overview.module.css";

const GROUPS = [
  ["model", "By model", "no model"],
  ["provider", "By provider", "no provider"],
  ["route", "By route", "no route"],
  ["principal", "By key", "no key"],
  ["team", "By team", "no team"],
  ["user", "By user", "no user"],
  ["tag", "By tag", "no tag"],
] as const;

interface Props {
  top: Record<string, Line[]>;
  /** What the page is narrowed to now; a name narrows it further. */
  filters: Record<string, string>;
}

/** Who spends it. */
export function TopLists({ top, filters }: Props) {
  const tabs = GROUPS.map(([value, label, none]) => ({
    value,
    label,
    content: <Lines label={label} none={none} lines={top[value] ?? []} narrow={(name) => ({ ...filters, [value]: name })} />,
  }));
  return (
    <Card title="Where it went">
      <Tabs label="Grouping" tabs={tabs} />
    </Card>
  );
}

interface LinesProps {
  label: string;
  none: string;
  lines: readonly Line[];
  narrow: (name: string) => Record<string, string>;
}

function Lines({ label, none, lines, narrow }: LinesProps) {
  if (!lines.length) return <p className={styles.none}>There is none in this time.</p>;
  return (
    <Table
      label={label}
      rows={lines}
      rowKey={(line) => line.name}
      columns={[
        { key: "name", title: "Name", cell: (line) => <Name name={line.name} none={none} search={narrow(line.name)} /> },
        { key: "cost", title: "Cost", number: true, cell: ({ totals }) => formatMoney(totals.cost_nanodollars) },
        { key: "exchanges", title: "Exchanges", number: true, cell: ({ totals }) => formatCount(totals.exchanges) },
        { key: "tokens", title: "Tokens", number: true, wide: true, cell: ({ totals }) => formatShort(allTokens(totals)) },
        { key: "failed", title: "Failed", number: true, wide: true, cell: ({ totals }) => formatShare(errorRate(totals)) },
        { key: "time", title: "Mean time", number: true, wide: true, cell: ({ totals }) => formatMicroseconds(meanLatencyUs(totals)) },
      ]}
    />
  );
}

function Name({ name, none, search }: { name: string; none: string; search: Record<string, string> }) {
  if (!name) return <em className={styles.none}>{none}</em>;
  return (
    <Link to="/overview" search={search} title="Only this, on this page">
      {name}
    </Link>
  );
}
