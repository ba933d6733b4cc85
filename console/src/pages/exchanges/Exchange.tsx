import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import { get, path } from "../../api/client";
import type { ExchangeDetail, ExchangeLine } from "../../api/types";
import { PageFrame } from "../../frame/Page";
import { Card } from "../../ui/Card";
import { copyText } from "../../ui/Copy";
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
import { Said } from "./Said";
import { Waterfall } from "./Waterfall";

const LEDGER_TRIES = 5;
const LANGUAGES: readonly Language[] = ["curl", "Python", "TypeScript"];

/** What each code says. Which fields it were stands in the answer's header and in the log. */
const LOSSES: Readonly<Record<string, string>> = {
  dropped: "Something was left out: the target has no place for it.",
  approximated: "Something was said in the target's nearest words.",
  moved: "Something was carried, but in another place.",
  stripped_token: "A signature or encrypted reasoning was taken out, which only the one who made it can read.",
  renamed: "An id or a name was changed, since the target's rules do not allow it.",
  schema: "A keyword of a JSON schema was taken out, which the target does not take.",
  defaulted: "A value was filled in that the target demands and the client did not give.",
  emulated: "The gateway did something itself, since the target cannot do it.",
};

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
        <>
          <Link to="/exchanges">Exchanges</Link> / <code>{id}</code>
        </>
      }
      actions={query.data ? <Actions detail={query.data} /> : null}
    >
      <Loaded query={query}>{(detail) => <Content detail={detail} />}</Loaded>
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
      <Menu label="Copy as a request to the same model" items={items}>
        Copy as <span aria-hidden="true">▾</span>
      </Menu>
      <Link className={ui.button} to="/playground" search={{ model, dialect }}>
        Ask the same model
      </Link>
    </div>
  );
}

function Content({ detail }: { detail: ExchangeDetail }) {
  return (
    <>
      <Card title="Where the time went">
        <Waterfall detail={detail} />
      </Card>
      <div className={styles.columns}>
        <Card title="Tokens and cost">
          <CostLines detail={detail} />
        </Card>
        <Card title={detail.exchange.losses.length ? "What the translation could not carry" : "Translation"}>
          <Losses exchange={detail.exchange} />
        </Card>
        <Card title="What it was">
          <Facts detail={detail} />
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
        <Card title="How it would be decided now">
          <Decision exchange={detail.exchange} />
        </Card>
      </div>
      <Said exchange={detail.exchange} />
    </>
  );
}

function Losses({ exchange }: { exchange: ExchangeLine }) {
  if (exchange.losses.length) {
    return (
      <ul className={styles.losses}>
        {exchange.losses.map((code) => (
          <li key={code}>
            <code>{code}</code>
            <div>{LOSSES[code] ?? "Something could not be carried over."}</div>
          </li>
        ))}
      </ul>
    );
  }
  if (!exchange.provider_dialect) return <p className={ui.soft}>No provider was asked.</p>;
  const isSame = exchange.client_dialect === exchange.provider_dialect;
  return (
    <p className={ui.soft}>
      {isSame
        ? "Client and provider speak the same dialect: the bytes went through as they were."
        : `Translated from ${exchange.client_dialect} to ${exchange.provider_dialect} and back; nothing was lost.`}
    </p>
  );
}
