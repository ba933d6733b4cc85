import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { get } from "../../api/client";
import { useLive } from "../../api/live";
import type { Overview } from "../../api/types";
import { PageFrame } from "../../frame/Page";
import { Badge } from "../../ui/Badge";
import { Card } from "../../ui/Card";
import { Empty, Loaded } from "../../ui/Feedback";
import { Select } from "../../ui/Field";
import { Figures } from "./Figures";
import { LiveStrip } from "./LiveStrip";
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

const REFRESH_MILLISECONDS = 10_000;

export function Page() {
  const minutes = String(useSearch({ strict: false }).minutes ?? "60");
  const navigate = useNavigate();
  const live = useLive();
  const query = useQuery({
    queryKey: ["overview", minutes],
    queryFn: ({ signal }) => get<Overview>("/overview", { minutes }, signal),
    refetchInterval: REFRESH_MILLISECONDS,
    placeholderData: keepPreviousData,
  });

  return (
    <PageFrame
      title="Overview"
      actions={
        <div className={styles.actions}>
          <Badge tone={live.isOpen ? "good" : "warn"}>{live.isOpen ? "Live" : "Connecting"}</Badge>
          <Select
            bare
            label="Span of time"
            options={SPANS}
            value={minutes}
            onPick={(value) => void navigate({ to: "/overview", search: { minutes: Number(value) } })}
          />
        </div>
      }
    >
      <LiveStrip live={live} />
      <Loaded query={query}>{(overview) => <Content overview={overview} />}</Loaded>
    </PageFrame>
  );
}

function Content({ overview }: { overview: Overview }) {
  return (
    <>
      <TroubleList trouble={overview.trouble} />
      {overview.totals.exchanges === 0 ? (
        <Card>
          <Empty title="Nothing was asked in this time">
            <p>
              Send something from the <Link to="/playground">playground</Link>, or point a client at this address:
            </p>
            <pre>
              OPENAI_BASE_URL={window.location.origin}/v1{"\n"}ANTHROPIC_BASE_URL={window.location.origin}
            </pre>
          </Empty>
        </Card>
      ) : (
        <>
          <Figures overview={overview} />
          <Plots overview={overview} />
          <TopLists top={overview.top} />
        </>
      )}
    </>
  );
}
