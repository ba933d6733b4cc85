import { Link, useNavigate } from "@tanstack/react-router";

import type { ExchangeLine } from "../../api/types";
import { formatCount, formatMoney } from "../../format/numbers";
import { formatMicroseconds } from "../../format/times";
import { join } from "../../ui/classes";
import { Badge, type Tone } from "../../ui/Badge";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import ui from "../../ui/ui.module.css";

export const TONES: Readonly<Record<ExchangeLine["outcome"], Tone>> = {
  served: "good",
  failed: "bad",
  cancelled: "plain",
  interrupted: "warn",
};

export function OutcomeBadge({ line }: { line: ExchangeLine }) {
  return (
    <Badge tone={TONES[line.outcome]} title={line.error ? `${line.error}, status ${line.status}` : `status ${line.status}`}>
      {line.error || line.outcome}
    </Badge>
  );
}

export function Lines({ lines }: { lines: readonly ExchangeLine[] }) {
  const navigate = useNavigate();
  return (
    <Table
      label="Exchanges"
      rows={lines}
      rowKey={(line) => line.id}
      onOpen={(line) => void navigate({ to: "/exchanges/$id", params: { id: line.id } })}
      columns={[
        {
          key: "when",
          title: "Began",
          cell: (line) => (
            <Link to="/exchanges/$id" params={{ id: line.id }} onClick={(event) => event.stopPropagation()}>
              <Time at={line.started_ms} />
            </Link>
          ),
        },
        {
          key: "model",
          title: "Asked for, answered by",
          cell: (line) => (
            <>
              <span className={ui.cut} title={line.route}>
                {line.route || "–"}
              </span>
              <span className={join(ui.cut, ui.faint)} title={`${line.provider}/${line.model} with ${line.credential}`}>
                {line.provider ? `${line.provider}/${line.model}` : "nobody"}
              </span>
            </>
          ),
        },
        {
          key: "outcome",
          title: "Outcome",
          cell: (line) => (
            <>
              <OutcomeBadge line={line} />
              <small className={ui.narrowOnly}>{formatMicroseconds(line.duration_us)}</small>
            </>
          ),
        },
        { key: "who", title: "Key", wide: true, cell: (line) => <span className={ui.cut}>{line.principal || "–"}</span> },
        {
          key: "in",
          title: "Tokens in",
          number: true,
          wide: true,
          cell: (line) => (
            <span title={line.cached_tokens ? `${formatCount(line.cached_tokens)} of them from a cache` : undefined}>
              {formatCount(line.input_tokens)}
            </span>
          ),
        },
        { key: "out", title: "Tokens out", number: true, wide: true, cell: (line) => formatCount(line.output_tokens) },
        {
          key: "cost",
          title: "Cost",
          number: true,
          wide: true,
          cell: (line) => (line.is_estimate ? "≈ " : "") + formatMoney(line.cost_nanodollars),
        },
        { key: "first", title: "First token", number: true, wide: true, cell: (line) => formatMicroseconds(line.first_content_us) },
        { key: "time", title: "Took", number: true, wide: true, cell: (line) => formatMicroseconds(line.duration_us) },
        {
          key: "notes",
          title: "Notes",
          wide: true,
          cell: (line) => (
            <span className={ui.actions}>
              {line.is_hit ? <Badge tone="accent">from the cache</Badge> : null}
              {line.attempts > 1 ? <Badge tone="warn">{line.attempts} attempts</Badge> : null}
              {line.losses.length ? (
                <Badge title={line.losses.join(", ")}>{line.losses.length === 1 ? "1 loss" : `${line.losses.length} losses`}</Badge>
              ) : null}
            </span>
          ),
        },
      ]}
    />
  );
}
