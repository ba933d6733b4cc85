import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { get, type Query } from "../../api/client";
import type { FailureLine, FailureReport } from "../../api/types";
import { formatCount } from "../../format/numbers";
import { Badge } from "../../ui/Badge";
import { Card } from "../../ui/Card";
import { Loaded } from "../../ui/Feedback";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import ui from "../../ui/ui.module.css";

interface Props {
  /** The overview's own question. */
  question: Query;
  filters: Record<string, string>;
  refreshMilliseconds: number;
}

/** Which errors come from whom, the most first; each leads to its exchanges. */
export function Failures({ question, filters, refreshMilliseconds }: Props) {
  const query = useQuery({
    queryKey: ["failures", question],
    queryFn: ({ signal }) => get<FailureReport>("/failures", question, signal),
    refetchInterval: refreshMilliseconds,
  });
  return (
    <Card title="What failed" actions={<AllOfThem filters={filters} />}>
      <Loaded query={query}>{(report) => <Lines report={report} filters={filters} />}</Loaded>
    </Card>
  );
}

function AllOfThem({ filters }: { filters: Record<string, string> }) {
  return (
    <Link to="/exchanges" search={{ ...filters, error: "any" }}>
      All failures
    </Link>
  );
}

function Lines({ report, filters }: { report: FailureReport; filters: Record<string, string> }) {
  return (
    <div className={ui.stack}>
      <Table
        label="What failed"
        rows={report.items}
        rowKey={(line) => `${line.error} ${line.target} ${line.route}`}
        columns={[
          {
            key: "error",
            title: "Error",
            cell: (line) => (
              <Link to="/exchanges" search={{ ...filters, ...narrow(line) }}>
                <Badge tone="bad">{line.error}</Badge>
              </Link>
            ),
          },
          { key: "target", title: "At", cell: (line) => line.target || `nobody; asked for ${line.route || "no model"}` },
          { key: "blame", title: "Blame", wide: true, cell: (line) => line.blame || "–" },
          { key: "count", title: "Times", number: true, cell: (line) => formatCount(line.count) },
          {
            key: "last",
            title: "Last",
            wide: true,
            cell: (line) => (
              <Link to="/exchanges/$id" params={{ id: line.last_id }}>
                <Time at={line.last_ms} />
              </Link>
            ),
          },
        ]}
      />
      {report.has_more ? <p className={ui.soft}>Counted over the newest {formatCount(report.looked_at)} failures of this time.</p> : null}
    </div>
  );
}

/** What the list of exchanges has to be narrowed by to show these failures. An interruption is an outcome without an error. */
export function narrow(line: Pick<FailureLine, "error" | "target" | "route">): Record<string, string> {
  const what: Record<string, string> = line.error === "interrupted" ? { outcome: "interrupted" } : { error: line.error };
  if (line.target) what.model = line.target;
  else if (line.route) what.route = line.route;
  return what;
}
