/** Asks the admin API. The session's cookie travels by itself; every change carries the header that a form cannot send. */

import { ApiError, parseRefusal } from "./errors";
import { EventReader } from "./sse";

export const BASE = "/admin/api";
export const CONSOLE_HEADER = { "x-dragoman-console": "1" } as const;

export type Query = Record<string, string | number | boolean | null | undefined>;

interface Options {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A path with its question: what is empty or unknown is left out. */
export function buildUrl(path: string, query: Query = {}): string {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return `${BASE}${path}${text ? `?${text}` : ""}`;
}

/** A path with its names made safe: names of providers, keys and models may hold anything. */
export function path(strings: TemplateStringsArray, ...names: string[]): string {
  return strings.reduce((all, part, index) => all + encodeURIComponent(names[index - 1] ?? "") + part);
}

async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  if (method !== "GET") Object.assign(headers, CONSOLE_HEADER);
  if (options.body !== undefined) headers["content-type"] = "application/json";
  const response = await reach(buildUrl(path, options.query), {
    method,
    headers,
    credentials: "same-origin",
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (!response.ok) throw parseRefusal(response.status, await response.text());
  return response;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The gateway does not answer.");
  }
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return readJson<T>(await send("GET", path, { query, ...(signal ? { signal } : {}) }));
}

export async function change<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, headers = {}): Promise<T> {
  return readJson<T>(await send(method, path, { body, headers }));
}

/** Asks for long work, and hears how far it has come until the gateway has said all. */
export async function* follow<T>(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send("POST", path, { body, signal });
  const reader = response.body?.getReader();
  const events = new EventReader();
  const decoder = new TextDecoder();
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    for (const data of events.feed(decoder.decode(step.value, { stream: true }))) yield JSON.parse(data) as T;
  }
  for (const data of events.finish()) yield JSON.parse(data) as T;
}
