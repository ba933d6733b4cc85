import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { get, type Query } from "../../api/client";
import { useLive } from "../../api/live";
import type { Overview } from "../../api/types";
import { useAddress } from "../../frame/address";
import { PageFrame } from "../../frame/Page";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Empty, Loaded } from "../../ui/Feedback";
import { Select } from "../../ui/Field";
import ui from "../../ui/ui.module.css";
import { Failures } from "./Failures";
import { Figures } from "./Figures";
import { LiveStrip } from "./LiveStrip";
import { readNarrowings, writeNarrowings, type Narrowing } from "./narrowing";
import styles from "./Overview.module.css";
import { Plots } from "./Plots";
import { TopLists } from "./TopLists";
import { TroubleList } from "./TroubleList";

const SPANS = [
  { value: "15", label: "Last 15 minutes" },
  { value: "60", label: "Last hour" },
  { value: "360", label: "Last 6 hours" },
  { value: "1440", label: "Last 24 hours" },
  { value: "10080", label: "Last 7 days" },
  { value: "43200", label: "Last 30 days" },
] as const;

const USUAL_MINUTES = "60";
const REFRESH_MILLISECONDS = 10_000;

export function Page() {
  const [words, setWords] = useAddress();
  const minutes = words.minutes ?? USUAL_MINUTES;
  const narrowings = readNarrowings(words);
  const question: Query = { minutes, ...writeNarrowings(narrowings) };
  const live = useLive();
  const query = useQuery({
    queryKey: ["overview", question],
    queryFn: ({ signal }) => get<Overview>("/overview", question, signal),
    refetchInterval: REFRESH_MILLISECONDS,
    placeholderData: keepPreviousData,
  });

  return (
    <PageFrame
      title="Overview"
      actions={
        <div className={styles.actions}>
          <Badge tone={live.isOpen ? "good" : "warn"}>{live.isOpen ? "Live" : "Connecting"}</Badge>
          <Select bare label="Span of time" options={SPANS} value={minutes} onPick={(value) => setWords({ minutes: value })} />
        </div>
      }
    >
      <LiveStrip live={live} />
      <Loaded query={query}>
        {(overview) => (
          <>
            <TroubleList trouble={overview.trouble} />
            <Narrowed narrowings={narrowings} minutes={minutes} onWiden={(field) => setWords({ [field]: "" })} />
            <Content overview={overview} question={question} minutes={minutes} narrowings={narrowings} />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

interface NarrowedProps {
  narrowings: readonly Narrowing[];
  minutes: string;
  onWiden: (field: string) => void;
}

/** Of what the figures below tell, where that is not everything. */
function Narrowed({ narrowings, minutes, onWiden }: NarrowedProps) {
  if (!narrowings.length) return null;
  return (
    <div className={ui.actions} role="group" aria-label="Narrowed to">
      <span className={ui.soft}>Only</span>
      {narrowings.map(({ field, label, value }) => (
        <Button key={field} small onClick={() => onWiden(field)} aria-label={`Not only the ${label} ${value}`}>
          {label} <strong className={ui.cut}>{value}</strong> <span aria-hidden="true">✕</span>
        </Button>
      ))}
      <Link to="/exchanges" search={{ ...writeNarrowings(narrowings), minutes }}>
        The exchanges
      </Link>
    </div>
  );
}

interface ContentProps {
  overview: Overview;
  question: Query;
  minutes: string;
  narrowings: readonly Narrowing[];
}

function Content({ overview, question, minutes, narrowings }: ContentProps) {
  const filters = { ...writeNarrowings(narrowings), minutes };
  if (overview.totals.exchanges === 0) {
    return (
      <Card>
        <Empty title="Nothing was asked in this time">
          {narrowings.length ? <p>Choose a longer time, or take away what it is narrowed to.</p> : <FirstSteps />}
        </Empty>
      </Card>
    );
  }
  const { failed, interrupted } = overview.totals;
  return (
    <>
      <Figures overview={overview} filters={filters} />
      {failed + interrupted > 0 ? <Failures question={question} filters={filters} refreshMilliseconds={REFRESH_MILLISECONDS} /> : null}
      <Plots overview={overview} />
      <TopLists top={overview.top} filters={filters} />
    </>
  );
}

function FirstSteps() {
  return (
    <>
      <p>
        Send something from the <Link to="/playground">playground</Link>, or point a client at this address:
      </p>
      <pre>
        OPENAI_BASE_URL={window.location.origin}/v1{"\n"}ANTHROPIC_BASE_URL={window.location.origin}
      </pre>
    </>
  );
}
