/** Whose exchanges the overview tells of: everybody's, or those of one model, provider, key and so on. */

const LABELS: Readonly<Record<string, string>> = {
  model: "model",
  provider: "provider",
  route: "route",
  principal: "key",
  team: "team",
  user: "user",
  tag: "tag",
};

export interface Narrowing {
  field: string;
  label: string;
  value: string;
}

export function readNarrowings(words: Readonly<Record<string, string>>): Narrowing[] {
  return Object.entries(LABELS).flatMap(([field, label]) => (words[field] ? [{ field, label, value: words[field] }] : []));
}

/** The same as the filters of an address. */
export function writeNarrowings(narrowings: readonly Narrowing[]): Record<string, string> {
  return Object.fromEntries(narrowings.map(({ field, value }) => [field, value]));
}
