import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";

import { ApiError } from "../../api/errors";
import type { Bodies, ExchangeLine } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import type { Mark } from "../../ui/Comparison";
import { Copy } from "../../ui/Copy";
import { Loading, Problem } from "../../ui/Feedback";
import { Tabs } from "../../ui/Tabs";
import ui from "../../ui/ui.module.css";
import { Words } from "../../ui/Words";
import { isDialect } from "../playground/dialects/all";
import { writeCurl } from "../playground/snippets";
import { ReplayDialog } from "./ReplayDialog";
import { buildReplay, layOut } from "./said";
import { useBodies } from "./useBodies";

const Comparison = lazy(() => import("../../ui/Comparison"));

interface SaidProps {
  exchange: ExchangeLine;
  /** The line of the client's request that somebody wants to see. */
  mark: Mark | undefined;
}

/** The four sides of an exchange, where they are kept: what differs between two of them is what the translation did. */
export function Said({ exchange, mark }: SaidProps) {
  const query = useBodies(exchange.id);
  if (query.data) return <Sides exchange={exchange} bodies={query.data} mark={mark} />;
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

type SideName = Exclude<keyof Bodies, "losses">;

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

function Sides({ exchange, bodies, mark }: SaidProps & { bodies: Bodies }) {
  const [isReplayed, setReplayed] = useState(false);
  const [tab, setTab] = useState("requests");
  const [led, setLed] = useState(mark);
  const place = useRef<HTMLDivElement>(null);
  if (mark !== led) {
    setLed(mark);
    setTab("requests");
  }
  useEffect(() => {
    if (mark) place.current?.scrollIntoView({ block: "nearest" });
  }, [mark]);
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
              Replay against another model
            </Button>
          </>
        ) : null
      }
    >
      <div ref={place}>
        <Tabs
          label="Sides"
          value={tab}
          onChange={setTab}
          tabs={PAIRS.map(({ value, label, left, right }) => ({
            value,
            label,
            content: <Pair bodies={bodies} left={left} right={right} mark={value === "requests" ? mark : undefined} />,
          }))}
        />
      </div>
      {isReplayed && dialect ? (
        <ReplayDialog exchange={exchange} dialect={dialect} bodies={bodies} onClose={() => setReplayed(false)} />
      ) : null}
    </Card>
  );
}

interface PairProps {
  bodies: Bodies;
  left: readonly [SideName, string];
  right: readonly [SideName, string];
  mark: Mark | undefined;
}

function Pair({ bodies, left, right, mark }: PairProps) {
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
        <Comparison left={one} right={other} mark={mark} />
      </Suspense>
    </div>
  );
}
