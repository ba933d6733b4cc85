import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { buildUrl, get } from "../../api/client";
import { useLive } from "../../api/live";
import type { ExchangePage } from "../../api/types";
import { PageFrame } from "../../frame/Page";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Empty, Loaded } from "../../ui/Feedback";
import { Time } from "../../ui/Time";
import ui from "../../ui/ui.module.css";
import { FilterBar } from "./FilterBar";
import { countFilters, dropEmpty, matches, mergeLines, readFilters, type Filters } from "./filters";
import { Lines } from "./Lines";

const PAGE_SIZE = 50;
const EXPORTED = 10_000;

export function Page() {
  const search = useSearch({ strict: false });
  const filters = useMemo(() => readFilters(search), [search]);
  const navigate = useNavigate();
  const [isLive, setLive] = useState(true);
  const [since, setSince] = useState(() => sinceOf(filters));
  const question = useMemo(() => askFor(filters, since), [filters, since]);

  const narrow = (next: Filters) => {
    setSince(sinceOf(next));
    void navigate({ to: "/exchanges", search: dropEmpty(next), replace: true });
  };

  return (
    <PageFrame
      title="Exchanges"
      says="Every request of a client, newest first."
      actions={
        <div className={ui.actions}>
          <Button aria-pressed={isLive} onClick={() => setLive(!isLive)}>
            {isLive ? "Pause" : "Follow"}
          </Button>
          <a className={ui.button} href={buildUrl("/exchanges.csv", { ...question, limit: EXPORTED })} download="exchanges.csv">
            Export CSV
          </a>
        </div>
      }
    >
      <FilterBar filters={filters} onChange={narrow} />
      <List filters={filters} question={question} isLive={isLive} onClear={() => narrow({})} />
    </PageFrame>
  );
}

function sinceOf(filters: Filters): number | null {
  const minutes = Number(filters.minutes);
  return minutes > 0 ? Date.now() - minutes * 60_000 : null;
}

function askFor({ minutes: _, ...fields }: Filters, since: number | null) {
  return { ...fields, since_ms: since };
}

interface ListProps {
  filters: Filters;
  question: ReturnType<typeof askFor>;
  isLive: boolean;
  onClear: () => void;
}

function List({ filters, question, isLive, onClear }: ListProps) {
  const live = useLive();
  const query = useInfiniteQuery({
    queryKey: ["exchanges", question],
    queryFn: ({ pageParam, signal }) => get<ExchangePage>("/exchanges", { ...question, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    staleTime: Infinity,
  });
  const fresh = isLive ? live.exchanges.filter((line) => matches(line, filters)) : [];
  const [seenMissed, setSeenMissed] = useState(0);
  const missed = isLive ? live.missed - seenMissed : 0;
  const loadAgain = () => {
    setSeenMissed(live.missed);
    void query.refetch();
  };

  return (
    <Loaded query={query}>
      {({ pages }) => {
        const lines = mergeLines(fresh, pages.flatMap((page) => page.items));
        const last = pages[pages.length - 1];
        return (
          <>
            {missed > 0 ? (
              <div className={ui.actions} role="status">
                <Badge tone="warn">More end than can be shown as they come</Badge>
                <Button small onClick={loadAgain}>
                  Load the newest
                </Button>
              </div>
            ) : null}
            {lines.length ? <Lines lines={lines} /> : null}
            {!lines.length && !query.hasNextPage ? <Nothing isFiltered={countFilters(filters) > 0} onClear={onClear} /> : null}
            <div className={ui.actions}>
              {query.hasNextPage ? (
                <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {query.isFetchingNextPage ? "Searching…" : lines.length ? "Older ones" : "Search further back"}
                </Button>
              ) : null}
              {last?.searched_until_ms ? (
                <Badge>
                  Searched back to <Time at={last.searched_until_ms} />
                </Badge>
              ) : null}
            </div>
          </>
        );
      }}
    </Loaded>
  );
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <Empty title="Nothing matches">
        <p>Widen the time, or take a filter away.</p>
        <Button onClick={onClear}>Show all exchanges</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No exchange yet">
      <p>
        Each request that a client sends appears here the moment it ends. Try one in the <Link to="/playground">playground</Link>.
      </p>
    </Empty>
  );
}
