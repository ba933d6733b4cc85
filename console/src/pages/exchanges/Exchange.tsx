import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { get, path } from "../../api/client";
import type { ExchangeDetail } from "../../api/types";
import { PageFrame } from "../../frame/Page";
import { Card } from "../../ui/Card";
import type { Mark } from "../../ui/Comparison";
import { Copy, copyText } from "../../ui/Copy";
import { Loaded } from "../../ui/Feedback";
import { Menu } from "../../ui/Menu";
import ui from "../../ui/ui.module.css";
import { isDialect } from "../playground/dialects/all";
import { writeSnippet, type Language } from "../playground/snippets";
import { CostLines } from "./CostLines";
import { Decision } from "./Decision";
import styles from "./Exchanges.module.css";
import { Facts } from "./Facts";
import { OutcomeBadge } from "./Lines";
import { Losses } from "./Losses";
import { Said } from "./Said";
import { Waterfall } from "./Waterfall";

const LEDGER_TRIES = 5;
const LANGUAGES: readonly Language[] = ["curl", "Python", "TypeScript"];

export function Page() {
  const id = useParams({ strict: false }).id ?? "";
  const query = useQuery({
    queryKey: ["exchange", id],
    queryFn: ({ signal }) => get<ExchangeDetail>(path`/exchanges/${id}`, {}, signal),
    retry: LEDGER_TRIES, // the row of one that has just ended is on its way
    retryDelay: 400,
    staleTime: Infinity,
  });
  return (
    <PageFrame
      title="Exchange"
      says={
        <span className={ui.actions}>
          <Link to="/exchanges">Exchanges</Link> / <code className={styles.id}>{id}</code>
          <Copy text={id} what="The id">
            Copy the id
          </Copy>
        </span>
      }
      actions={query.data ? <Actions detail={query.data} /> : null}
    >
      <Loaded query={query}>{(detail) => <Content key={id} detail={detail} />}</Loaded>
    </PageFrame>
  );
}

function Actions({ detail: { exchange } }: { detail: ExchangeDetail }) {
  const dialect = isDialect(exchange.client_dialect) ? exchange.client_dialect : "openai_chat";
  const model = exchange.route;
  const items = LANGUAGES.map((language) => ({
    label: `Copy as ${language}`,
    onSelect: () => void copyText(writeSnippet(language, dialect, { model, origin: window.location.origin }), `The ${language} example`),
  }));
  return (
    <div className={ui.actions}>
      <OutcomeBadge line={exchange} />
      <Menu label="Copy as a request to the same model" items={items} isLarge>
        Copy as <span aria-hidden="true">▾</span>
      </Menu>
      <Link className={ui.button} to="/playground" search={{ model, dialect }}>
        Ask the same model
      </Link>
    </div>
  );
}

function Content({ detail }: { detail: ExchangeDetail }) {
  const [mark, setMark] = useState<Mark>();
  return (
    <>
      <Card title="Where the time went">
        <Waterfall detail={detail} />
      </Card>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Card title="Tokens and cost">
            <CostLines detail={detail} />
          </Card>
          <Card title={detail.losses.length ? "What the translation could not carry" : "Translation"}>
            <Losses detail={detail} onShow={(line) => setMark({ line })} />
          </Card>
          {detail.skipped.length ? (
            <Card title="Who was passed over">
              <ul className={styles.losses}>
                {detail.skipped.map((one) => (
                  <li key={one}>{one}</li>
                ))}
              </ul>
            </Card>
          ) : null}
        </div>
        <div className={styles.column}>
          <Card title="What it was">
            <Facts detail={detail} />
          </Card>
          <Card title="How it would be decided now">
            <Decision exchange={detail.exchange} />
          </Card>
        </div>
      </div>
      <Said exchange={detail.exchange} mark={mark} />
    </>
  );
}
