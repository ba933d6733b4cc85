import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";

import { get, path } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { Bodies, ExchangeLine } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Copy } from "../../ui/Copy";
import { Loading, Problem } from "../../ui/Feedback";
import { Tabs } from "../../ui/Tabs";
import ui from "../../ui/ui.module.css";
import { Words } from "../../ui/Words";
import { isDialect } from "../playground/dialects/all";
import { writeCurl } from "../playground/snippets";
import { ReplayDialog } from "./ReplayDialog";
import { buildReplay, layOut } from "./said";

const Comparison = lazy(() => import("../../ui/Comparison"));

/** The four sides of an exchange, where they are kept: what differs between two of them is what the translation did. */
export function Said({ exchange }: { exchange: ExchangeLine }) {
  const query = useQuery({
    queryKey: ["bodies", exchange.id],
    queryFn: ({ signal }) => get<Bodies>(path`/exchanges/${exchange.id}/bodies`, {}, signal),
    retry: false,
    staleTime: Infinity,
  });
  if (query.data) return <Sides exchange={exchange} bodies={query.data} />;
  return (
    <Card title="What was said">
      {query.isPending ? <Loading /> : null}
      {query.error ? <NotKept error={query.error} /> : null}
    </Card>
  );
}

function NotKept({ error }: { error: unknown }) {
  if (error instanceof ApiError && (error.status === 404 || error.status === 403)) {
    return (
      <p className={ui.soft}>
        <Words>{error.message}</Words>
      </p>
    );
  }
  return <Problem error={error} />;
}

type SideName = keyof Bodies;

const PAIRS: readonly { value: string; label: string; left: readonly [SideName, string]; right: readonly [SideName, string] }[] = [
  {
    value: "requests",
    label: "Requests",
    left: ["client_request", "What the client asked"],
    right: ["provider_request", "What the provider was asked"],
  },
  {
    value: "answers",
    label: "Answers",
    left: ["provider_answer", "What the provider answered"],
    right: ["client_answer", "What the client got"],
  },
];

function Sides({ exchange, bodies }: { exchange: ExchangeLine; bodies: Bodies }) {
  const [isReplayed, setReplayed] = useState(false);
  const dialect = isDialect(exchange.client_dialect) ? exchange.client_dialect : null;
  const asked = bodies.client_request.text;
  const again = dialect ? buildReplay(dialect, asked, exchange.route, exchange.is_stream) : null;
  return (
    <Card
      title="What was said"
      actions={
        again && dialect ? (
          <>
            <Copy text={writeCurl(again.request, window.location.origin)} what="The command">
              Copy this request as curl
            </Copy>
            <Button small onClick={() => setReplayed(true)}>
              Replay it with another model
            </Button>
          </>
        ) : null
      }
    >
      <Tabs
        label="Sides"
        tabs={PAIRS.map(({ value, label, left, right }) => ({
          value,
          label,
          content: <Pair bodies={bodies} left={left} right={right} />,
        }))}
      />
      {isReplayed && dialect ? (
        <ReplayDialog exchange={exchange} dialect={dialect} text={asked} onClose={() => setReplayed(false)} />
      ) : null}
    </Card>
  );
}

interface PairProps {
  bodies: Bodies;
  left: readonly [SideName, string];
  right: readonly [SideName, string];
}

function Pair({ bodies, left, right }: PairProps) {
  const laid = useMemo(
    () => [left, right].map(([name, label]) => ({ label, text: layOut(bodies[name].text), isSame: bodies[name].text })),
    [bodies, left, right],
  );
  const [one, other] = laid;
  if (!one || !other) return null;
  const isSame = one.isSame === other.isSame;
  return (
    <div className={ui.stack}>
      <div className={ui.actions}>
        <span className={ui.soft}>
          {one.label} ⇄ {other.label}
        </span>
        {isSame ? <Badge tone="good">byte for byte the same</Badge> : null}
        {bodies[left[0]].is_cut || bodies[right[0]].is_cut ? <Badge tone="warn">only the beginning was kept</Badge> : null}
      </div>
      <Suspense fallback={<Loading />}>
        <Comparison left={one} right={other} />
      </Suspense>
    </div>
  );
}
