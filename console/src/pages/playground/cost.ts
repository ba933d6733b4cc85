import { queryOptions } from "@tanstack/react-query";

import { get, path } from "../../api/client";
import type { ExchangeDetail } from "../../api/types";

const LEDGER_TRIES = 8;
const LEDGER_PAUSE_MILLISECONDS = 400;

/** What the ledger says an exchange cost; its row arrives a moment after the answer has ended. */
export function costQuery(exchange: string) {
  return queryOptions({
    queryKey: ["exchange", exchange],
    queryFn: ({ signal }) => get<ExchangeDetail>(path`/exchanges/${exchange}`, {}, signal),
    enabled: exchange !== "",
    retry: LEDGER_TRIES,
    retryDelay: LEDGER_PAUSE_MILLISECONDS,
    staleTime: Infinity,
  });
}
