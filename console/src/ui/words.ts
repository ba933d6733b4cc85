/** Whether each word of a text stands in one of some names, whatever the case. */
export function holdsWords(names: readonly string[], text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const known = names.map((name) => name.toLowerCase());
  return words.every((word) => known.some((name) => name.includes(word)));
}
