/** What a page is narrowed to stands in its address, so that a view can be kept, loaded again and sent on. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

type Part = Record<string, string | undefined>;

/** The words behind the `?`, and how to change some of them; what is empty goes. */
export function useAddress(): readonly [Record<string, string>, (part: Part) => void] {
  const search = readWords(useSearch({ strict: false }));
  const navigate = useNavigate();
  const set = (part: Part) => {
    void navigate({ to: ".", search: dropEmpty({ ...search, ...part }), replace: true });
  };
  return [search, set];
}

/** A word that is typed: what the field shows never waits for the address. */
export function useAddressText(name: string): readonly [string, (text: string) => void] {
  const [search, set] = useAddress();
  const [text, setText] = useState(search[name] ?? "");
  const change = (next: string) => {
    setText(next);
    set({ [name]: next.trim() });
  };
  return [text, change];
}

export function readWords(search: Record<string, unknown>): Record<string, string> {
  const plain = Object.entries(search).filter(([, value]) => typeof value === "string" || typeof value === "number");
  return Object.fromEntries(plain.map(([name, value]) => [name, String(value)]));
}

export function dropEmpty(words: Part): Record<string, string> {
  return Object.fromEntries(Object.entries(words).filter((entry): entry is [string, string] => Boolean(entry[1])));
}
