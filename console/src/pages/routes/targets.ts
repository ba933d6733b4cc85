/** Targets as lines of text: `provider/model`, or `provider/model weight 2`. */

export interface WeighedTarget {
  target: string;
  weight: number;
}

export interface Parsed {
  targets: WeighedTarget[];
  problem: string | undefined;
}

const LINE = /^(\S+)(?:\s+weight\s+(\d+(?:\.\d+)?))?$/;

export function parseTargets(text: string): Parsed {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const targets: WeighedTarget[] = [];
  for (const line of lines) {
    const found = LINE.exec(line);
    const weight = Number(found?.[2] ?? 1);
    if (!found?.[1] || !(weight > 0)) return { targets: [], problem: `“${line}” is not a target: write provider/model, or provider/model weight 2.` };
    targets.push({ target: found[1], weight });
  }
  return { targets, problem: targets.length ? undefined : "A route needs at least one target." };
}

export function writeTargets(targets: readonly WeighedTarget[]): string {
  return targets.map(({ target, weight }) => (weight === 1 ? target : `${target} weight ${weight}`)).join("\n");
}
