/** Light or dark: what the system wants, unless the person has chosen otherwise on this machine. */

import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";
export type Choice = Theme | "system";

const KEY = "dragoman.theme";
const wantsDark = () => window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function resolveTheme(choice: Choice, systemIsDark: boolean): Theme {
  if (choice !== "system") return choice;
  return systemIsDark ? "dark" : "light";
}

export function readChoice(): Choice {
  const kept = window.localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function keepChoice(choice: Choice): void {
  if (choice === "system") window.localStorage.removeItem(KEY);
  else window.localStorage.setItem(KEY, choice);
  applyTheme();
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme();
  for (const listener of listeners) listener();
}

export function currentTheme(): Theme {
  return resolveTheme(readChoice(), wantsDark().matches);
}

export function watchSystemTheme(): void {
  wantsDark().addEventListener("change", applyTheme);
  applyTheme();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme that is shown now; a plot or an editor is drawn again when it changes. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme);
}

export function useThemeChoice(): Choice {
  return useSyncExternalStore(subscribe, readChoice);
}
