import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { get } from "../../api/client";
import type { AuditEntry, AuditPage } from "../../api/types";
import { useAddress } from "../../frame/address";
import { PageFrame } from "../../frame/Page";
import { Button } from "../../ui/Button";
import { Empty, Loaded } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import ui from "../../ui/ui.module.css";
import styles from "./Audit.module.css";
import { listChanges } from "./changes";

const PAGE_SIZE = 100;

export function Page() {
  const [words, setWords] = useAddress();
  const asked = words.text ?? "";
  const [text, setText] = useState(asked);
  const query = useInfiniteQuery({
    queryKey: ["audit", asked],
    queryFn: ({ pageParam, signal }) => get<AuditPage>("/audit", { cursor: pageParam, limit: PAGE_SIZE, text: asked }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next,
  });
  return (
    <PageFrame title="Audit log" says="Who changed what, newest first.">
      <form
        role="search"
        className={ui.row}
        onSubmit={(event) => {
          event.preventDefault();
          setWords({ text: text.trim() });
        }}
      >
        <TextField bare label="Search" type="search" className={styles.search} placeholder="Search who, what, whom" value={text} onChange={(event) => setText(event.target.value)} />
        <Button type="submit">Search</Button>
      </form>
      <Loaded query={query}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.items);
          if (!entries.length) return <Nothing isFiltered={asked !== ""} />;
          return (
            <>
              <Entries entries={entries} />
              {query.hasNextPage ? (
                <div>
                  <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    Older ones
                  </Button>
                </div>
              ) : null}
            </>
          );
        }}
      </Loaded>
    </PageFrame>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return (
    <Empty title={isFiltered ? "Nothing matches" : "Nothing was changed yet"}>
      <p>{isFiltered ? "Search for something else." : "Keys, teams and settings that are changed appear here, with who did it."}</p>
    </Empty>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <Table
      label="Changes"
      rows={entries}
      rowKey={(entry) => String(entry.sequence)}
      columns={[
        { key: "when", title: "When", cell: (entry) => <Time at={entry.at_ms} /> },
        { key: "who", title: "Who", cell: (entry) => entry.actor || "the gateway" },
        { key: "what", title: "What", cell: (entry) => <code>{entry.action}</code> },
        { key: "subject", title: "To", cell: (entry) => <span className={styles.subject}>{entry.subject}</span> },
        { key: "changes", title: "Changes", wide: true, cell: (entry) => <Changes changes={entry.changes ?? {}} /> },
      ]}
    />
  );
}

function Changes({ changes }: { changes: Readonly<Record<string, string>> }) {
  const known = listChanges(changes);
  if (!known.length) return <>–</>;
  return (
    <ul className={styles.changes}>
      {known.map(({ name, value }) => (
        <li key={name}>
          <span>{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}
