import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { ExchangeDetail } from "../../api/types";
import { formatBytes } from "../../format/numbers";
import { formatMicroseconds } from "../../format/times";
import { Time } from "../../ui/Time";
import ui from "../../ui/ui.module.css";
import type { Field } from "./filters";

export function Facts({ detail }: { detail: ExchangeDetail }) {
  const { exchange } = detail;
  const find = (field: Field, value: string): ReactNode =>
    value ? (
      <Link to="/exchanges" search={{ [field]: value }}>
        {value}
      </Link>
    ) : null;

  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Began", <Time at={exchange.started_ms} />],
    ["Asked for", find("route", exchange.route)],
    ["Answered by", find("model", exchange.provider && `${exchange.provider}/${exchange.model}`)],
    ["Provider's key", find("credential", exchange.credential)],
    ["Client speaks", exchange.client_dialect],
    ["Provider speaks", exchange.provider_dialect],
    ["Streamed", exchange.is_stream ? "yes" : "no"],
    ["First token", formatMicroseconds(exchange.first_content_us)],
    ["Ended with", exchange.finish || exchange.error],
    ["Failed at", detail.error_phase],
    ["Blame", exchange.error ? exchange.blame : null],
    ["Status", exchange.status ? String(exchange.status) : null],
    ["Bytes", `${formatBytes(detail.bytes_in)} in, ${formatBytes(detail.bytes_out)} out`],
    ["Key", find("principal", exchange.principal)],
    ["Team", find("team", exchange.team)],
    ["User", find("user", exchange.user)],
    ["Tags", exchange.tags.length ? exchange.tags.map((tag) => <span key={tag}>{find("tag", tag)} </span>) : null],
    ["Conversation", find("session", exchange.session)],
    ["Trace", detail.trace ? <code>{detail.trace}</code> : null],
  ];
  return (
    <dl className={ui.facts}>
      {facts
        .filter(([, value]) => value !== null && value !== "")
        .map(([label, value]) => (
          <div key={label} className={ui.fact}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
