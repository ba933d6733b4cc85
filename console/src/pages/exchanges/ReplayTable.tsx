import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { formatCount, formatMoney } from "../../format/numbers";
import { formatSeconds } from "../../format/times";
import { Badge } from "../../ui/Badge";
import { Table } from "../../ui/Table";
import { firstSeconds, wholeSeconds } from "../playground/answer";
import { costQuery } from "../playground/cost";
import { compare, tellDifference, type Run } from "./replays";

/** What each answer took: the first row is the exchange as it went. */
export function ReplayTable({ runs }: { runs: readonly Run[] }) {
  const costs = useQueries({ queries: runs.map(({ answer }) => costQuery(answer.endedAt === null ? "" : answer.exchange)) });
  const rows = runs.map((run, index) => ({ ...run, cost: costs[index]?.data?.exchange.cost_nanodollars }));
  const then = rows[0];
  return (
    <Table
      label="Answers compared"
      rows={rows}
      rowKey={(run) => String(run.id)}
      columns={[
        { key: "who", title: "Answered by", cell: (run) => <Who run={run} isThen={run === then} /> },
        { key: "first", title: "First token", number: true, wide: true, cell: ({ answer }) => formatSeconds(firstSeconds(answer)) },
        { key: "took", title: "Took", number: true, cell: ({ answer }) => (answer.endedAt === null ? "…" : formatSeconds(wholeSeconds(answer, 0))) },
        { key: "in", title: "Tokens in", number: true, wide: true, cell: ({ answer }) => formatCount(answer.usage?.input) },
        { key: "out", title: "Tokens out", number: true, wide: true, cell: ({ answer }) => formatCount(answer.usage?.output) },
        { key: "cost", title: "Cost", number: true, cell: (run) => formatMoney(run.cost) },
        {
          key: "against",
          title: "Against then",
          wide: true,
          cell: (run) => (then && run !== then ? tellDifference(compare(then.answer, then.cost), compare(run.answer, run.cost)) || "–" : "–"),
        },
      ]}
    />
  );
}

function Who({ run: { answer, model }, isThen }: { run: Run; isThen: boolean }) {
  const name = answer.target || model;
  return (
    <>
      {answer.exchange && !isThen ? (
        <Link to="/exchanges/$id" params={{ id: answer.exchange }}>
          {name}
        </Link>
      ) : (
        <strong>{name}</strong>
      )}{" "}
      {isThen ? <Badge>then</Badge> : null}
      {answer.state === "failed" ? <Badge tone="bad">failed</Badge> : null}
      {answer.state === "stopped" ? <Badge tone="warn">stopped</Badge> : null}
      {answer.losses && !isThen ? (
        <Badge tone="warn" title={answer.losses}>
          losses
        </Badge>
      ) : null}
    </>
  );
}
