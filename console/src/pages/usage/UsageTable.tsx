import { Link } from "@tanstack/react-router";

import type { Line, UsageReport } from "../../api/types";
import { formatCount, formatMoney, formatShare } from "../../format/numbers";
import { formatMicroseconds } from "../../format/times";
import { allInput, allOutput, cachedShare, errorRate, meanLatencyUs } from "../../format/totals";
import { Table } from "../../ui/Table";
import ui from "../../ui/ui.module.css";

const LINKED = new Set(["model", "provider", "route", "principal", "team", "user", "tag", "credential"]);

export function UsageTable({ report }: { report: UsageReport }) {
  const all: Line = { name: "\u0000all", totals: report.totals };
  const rows = report.lines.length > 1 && report.by !== "tag" ? [...report.lines, all] : report.lines;
  return (
    <Table
      label={`Usage by ${report.by}`}
      rows={rows}
      rowKey={(line) => line.name}
      columns={[
        { key: "name", title: "Name", cell: (line) => <Name line={line} by={report.by} all={all} /> },
        { key: "cost", title: "Cost", number: true, cell: ({ totals }) => formatMoney(totals.cost_nanodollars) },
        { key: "exchanges", title: "Exchanges", number: true, cell: ({ totals }) => formatCount(totals.exchanges) },
        { key: "in", title: "Tokens in", number: true, cell: ({ totals }) => formatCount(allInput(totals)) },
        { key: "cached", title: "Cached", number: true, wide: true, cell: ({ totals }) => formatShare(cachedShare(totals)) },
        { key: "out", title: "Tokens out", number: true, cell: ({ totals }) => formatCount(allOutput(totals)) },
        { key: "reasoning", title: "Thinking", number: true, wide: true, cell: ({ totals }) => formatCount(totals.reasoning) },
        { key: "failed", title: "Failed", number: true, wide: true, cell: ({ totals }) => formatShare(errorRate(totals)) },
        { key: "time", title: "Mean time", number: true, wide: true, cell: ({ totals }) => formatMicroseconds(meanLatencyUs(totals)) },
        { key: "unpriced", title: "No price", number: true, wide: true, cell: ({ totals }) => (totals.unpriced ? formatCount(totals.unpriced) : "–") },
      ]}
    />
  );
}

function Name({ line, by, all }: { line: Line; by: string; all: Line }) {
  if (line === all) return <strong>All</strong>;
  if (!line.name) return <span className={ui.faint}>none</span>;
  if (!LINKED.has(by)) return <>{line.name}</>;
  return (
    <Link to="/exchanges" search={{ [by]: line.name }}>
      {line.name}
    </Link>
  );
}
