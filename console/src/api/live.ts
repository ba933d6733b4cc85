/** What happens now, once a second, by server-sent events: one connection for the whole page, closed when nobody looks. */

import { useSyncExternalStore } from "react";

import { buildUrl } from "./client";
import type { ExchangeLine, Live } from "./types";

export const KEPT_SECONDS = 120;
export const KEPT_EXCHANGES = 200;

export interface LiveState {
  isOpen: boolean;
  /** Oldest first. */
  seconds: readonly Live[];
  /** Newest first, each id once. */
  exchanges: readonly ExchangeLine[];
  /** How many have ended that are not among them. */
  missed: number;
}

export const NOTHING: LiveState = { isOpen: false, seconds: [], exchanges: [], missed: 0 };

/** The state after one more second. */
export function addSecond(state: LiveState, second: Live): LiveState {
  const fresh = new Set(second.last.map((line) => line.id));
  const rest = second.last.length ? state.exchanges.filter((line) => !fresh.has(line.id)) : state.exchanges;
  const all = second.last.length ? [...second.last, ...rest] : rest;
  const exchanges = all.slice(0, KEPT_EXCHANGES);
  const untold = Math.max((second.ended ?? 0) - second.last.length, 0);
  return {
    isOpen: true,
    seconds: [...state.seconds, second].slice(-KEPT_SECONDS),
    exchanges,
    missed: state.missed + untold + all.length - exchanges.length,
  };
}

const RETRY_MILLISECONDS = 5000;

let state = NOTHING;
let retry = 0;
let source: EventSource | null = null;
const listeners = new Set<() => void>();

function change(next: LiveState): void {
  state = next;
  for (const listener of listeners) listener();
}

function open(): void {
  source = new EventSource(buildUrl("/live"));
  source.onmessage = (event: MessageEvent<string>) => change(addSecond(state, JSON.parse(event.data) as Live));
  source.onopen = () => change({ ...state, isOpen: true });
  source.onerror = () => {
    change({ ...state, isOpen: false });
    if (source?.readyState === EventSource.CLOSED) retry = window.setTimeout(open, RETRY_MILLISECONDS);
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!source) open();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearTimeout(retry);
    source?.close();
    source = null;
    state = NOTHING;
  };
}

export function useLive(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}
