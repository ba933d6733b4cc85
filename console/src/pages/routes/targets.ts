/** Targets as lines of text: `provider/model`, with `weight 2`, `tags a,b`, `min_tokens 4000` and the like behind it. */

import type { TargetEntry, When } from "../../config/edit";

export interface Parsed {
  targets: TargetEntry[];
  problem: string | undefined;
}

type Take = (entry: TargetEntry, value: string) => TargetEntry | null;

const POSITIVE = /^\d+(\.\d+)?$/;
const WHOLE = /^\d+$/;
const HEADER = /^([\w-]+)=(.+)$/s;

const add = (entry: TargetEntry, part: When): TargetEntry => ({ ...entry, when: { ...entry.when, ...part } });

/** What each word behind a target takes. */
const WORDS: Readonly<Record<string, Take>> = {
  weight: (entry, value) => (POSITIVE.test(value) && Number(value) > 0 ? { ...entry, weight: Number(value) } : null),
  tags: (entry, value) => add(entry, { tags: value.split(",").filter(Boolean) }),
  min_tokens: (entry, value) => (WHOLE.test(value) ? add(entry, { min_tokens: Number(value) }) : null),
  max_tokens: (entry, value) => (WHOLE.test(value) ? add(entry, { max_tokens: Number(value) }) : null),
  header: (entry, value) => {
    const [, name = "", given = ""] = HEADER.exec(value) ?? [];
    const pattern = unquote(given);
    return name && pattern !== null ? add(entry, { headers: { ...entry.when?.headers, [name]: pattern } }) : null;
  },
};

const PIECE = /(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g;

/** `known` are the targets as they were: what lines do not tell of, such as a form of tools, stays with its target. */
export function parseTargets(text: string, known: readonly TargetEntry[] = []): Parsed {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const targets: TargetEntry[] = [];
  for (const line of lines) {
    const entry = parseLine(line);
    if (!entry) return { targets: [], problem: `“${line}” is not a target: write provider/model, or provider/model weight 2.` };
    targets.push({ ...restOf(known.find(({ target }) => target === entry.target)), ...entry });
  }
  return { targets, problem: targets.length ? undefined : "A route needs at least one target." };
}

function parseLine(line: string): TargetEntry | null {
  const [target = "", ...words] = line.match(PIECE) ?? [];
  let entry: TargetEntry | null = { target, weight: 1 };
  for (let index = 0; index < words.length && entry; index += 2) {
    const value = words[index + 1];
    const take = WORDS[words[index] ?? ""];
    entry = take && value !== undefined ? take(entry, value) : null;
  }
  return entry;
}

function restOf(entry: TargetEntry | undefined): object {
  if (!entry) return {};
  const { target: _, weight: __, when: ___, ...rest } = entry;
  return rest;
}

export function writeTargets(targets: readonly TargetEntry[]): string {
  return targets.map(writeLine).join("\n");
}

function writeLine({ target, weight, when }: TargetEntry): string {
  const headers = Object.entries(when?.headers ?? {});
  return [
    target,
    weight === 1 ? "" : `weight ${weight}`,
    when?.tags?.length ? `tags ${when.tags.join(",")}` : "",
    when?.min_tokens ? `min_tokens ${when.min_tokens}` : "",
    when?.max_tokens ? `max_tokens ${when.max_tokens}` : "",
    ...headers.map(([name, pattern]) => `header ${name}=${quote(pattern)}`),
  ]
    .filter(Boolean)
    .join(" ");
}

function quote(text: string): string {
  return /[\s"]/.test(text) ? JSON.stringify(text) : text;
}

/** Null where something follows the quotes. */
function unquote(text: string): string | null {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return null;
  }
}

/** A condition for people; empty where there is none. */
export function tellWhen(when: When | null | undefined): string {
  if (!when) return "";
  const parts = [
    when.tags?.length ? `tagged ${when.tags.join(" or ")}` : "",
    when.min_tokens ? `from ${when.min_tokens} tokens on` : "",
    when.max_tokens ? `up to ${when.max_tokens} tokens` : "",
    ...Object.entries(when.headers ?? {}).map(([name, pattern]) => `${name}: ${pattern}`),
  ];
  return parts.filter(Boolean).join(", ");
}
