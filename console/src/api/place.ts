/** Addresses of the console that the gateway names, such as `/providers?text=openai`. */

const PAGES = ["/overview", "/exchanges", "/playground", "/providers", "/routes", "/keys", "/local-models", "/usage", "/settings", "/audit"] as const;

export interface Place {
  to: (typeof PAGES)[number];
  search: Record<string, string>;
}

/** Only pages of the console itself become links, whatever else is named. */
export function readPlace(link: string): Place | null {
  const [path = "", question = ""] = link.split("?", 2);
  const to = PAGES.find((page) => page === path);
  return to ? { to, search: Object.fromEntries(new URLSearchParams(question)) } : null;
}
