/** Budgets and limits as a person types them, and as the API takes them: money in nano-dollars, 0 for no limit. */

import type { KeyCard } from "../../api/types";
import { formatCount, formatMoney } from "../../format/numbers";

export const PERIODS = ["day", "week", "month", "total"] as const;
export type Period = (typeof PERIODS)[number];

export interface TermFields {
  models: string;
  providers: string;
  rpm: string;
  tpm: string;
  concurrency: string;
  day: string;
  week: string;
  month: string;
  total: string;
  allowUnpriced: boolean;
}

type Grant = Pick<KeyCard, "models" | "providers" | "rpm" | "tpm" | "concurrency" | "budgets" | "allow_unpriced">;

export const NO_TERMS: TermFields = {
  models: "",
  providers: "",
  rpm: "",
  tpm: "",
  concurrency: "",
  day: "",
  week: "",
  month: "",
  total: "",
  allowUnpriced: false,
};

const NANODOLLARS = 1e9;

export function readTerms(fields: TermFields): Grant {
  const budgets: Record<string, number> = {};
  for (const period of PERIODS) {
    const nanodollars = Math.round(Number(fields[period]) * NANODOLLARS);
    if (nanodollars > 0) budgets[period] = nanodollars;
  }
  return {
    models: readPatterns(fields.models),
    providers: readPatterns(fields.providers),
    rpm: readWhole(fields.rpm),
    tpm: readWhole(fields.tpm),
    concurrency: readWhole(fields.concurrency),
    budgets,
    allow_unpriced: fields.allowUnpriced,
  };
}

export function writeTerms(grant: Grant): TermFields {
  const budget = (period: Period) => {
    const nanodollars = grant.budgets[period];
    return nanodollars ? String(nanodollars / NANODOLLARS) : "";
  };
  const whole = (value: number) => (value ? String(value) : "");
  return {
    models: grant.models?.join(", ") ?? "",
    providers: grant.providers?.join(", ") ?? "",
    rpm: whole(grant.rpm),
    tpm: whole(grant.tpm),
    concurrency: whole(grant.concurrency),
    day: budget("day"),
    week: budget("week"),
    month: budget("month"),
    total: budget("total"),
    allowUnpriced: grant.allow_unpriced,
  };
}

export function checkTerms(fields: TermFields): Partial<Record<keyof TermFields, string>> {
  const problems: Partial<Record<keyof TermFields, string>> = {};
  for (const name of ["rpm", "tpm", "concurrency"] as const) {
    if (fields[name].trim() && !/^\d+$/.test(fields[name].trim())) problems[name] = "A whole number, or nothing.";
  }
  for (const name of PERIODS) {
    if (fields[name].trim() && !(Number(fields[name]) > 0)) problems[name] = "Dollars above 0, or nothing.";
  }
  return problems;
}

/** Patterns with commas or spaces between them; null, which is everything, where there are none. */
export function readPatterns(text: string): string[] | null {
  const patterns = text.split(/[\s,]+/).filter(Boolean);
  return patterns.length ? patterns : null;
}

function readWhole(text: string): number {
  return Math.max(0, Math.floor(Number(text) || 0));
}

/** "60 requests/min, 3 at a time": what a table shows. */
export function tellLimits(grant: Grant): string {
  const parts = [
    grant.rpm && `${formatCount(grant.rpm)} requests/min`,
    grant.tpm && `${formatCount(grant.tpm)} tokens/min`,
    grant.concurrency && `${grant.concurrency} at a time`,
    grant.models && `models ${grant.models.join(", ") || "none"}`,
    grant.providers && `providers ${grant.providers.join(", ") || "none"}`,
  ].filter(Boolean);
  return parts.length ? parts.join(", ") : "no limit";
}

export interface Spend {
  period: Period;
  spent: number;
  budget: number;
}

/** What is spent of each budget there is. */
export function readSpend(card: Pick<KeyCard, "budgets" | "spent">): Spend[] {
  return PERIODS.flatMap((period) => {
    const budget = card.budgets[period];
    return budget ? [{ period, budget, spent: card.spent[period] ?? 0 }] : [];
  });
}

const WORDS: Readonly<Record<Period, string>> = { day: "today", week: "this week", month: "this month", total: "in all" };

export function tellSpend({ period, spent, budget }: Spend): string {
  return `${formatMoney(spent)} of ${formatMoney(budget)} ${WORDS[period]}`;
}
