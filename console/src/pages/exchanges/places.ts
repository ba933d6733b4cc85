/**
 * Finds what a loss is about in the request that the client sent: the value, and the line on which it begins once JSON is
 * laid out. A loss is told in the gateway's own words (`sampling.top_k`, `tools[0].cache`), and each dialect writes the same
 * in its way (`top_k`, `generationConfig.topK`): whatever ends in the same names is meant, if there is only one such place.
 */

type Step = string | number;

export interface Found {
  value: unknown;
  /** Counted from 1, in JSON with a line for each value. */
  line: number;
}

interface Node extends Found {
  steps: readonly Step[];
}

export function parsePath(path: string): Step[] {
  return path
    .split(/\.|(?=\[)/)
    .filter(Boolean)
    .map((step) => (/^\[\d+\]$/.test(step) ? Number(step.slice(1, -1)) : step));
}

/** Null where the text is no JSON, as when only its beginning was kept, and where it has no such place or several. */
export function findPlace(text: string, path: string): Found | null {
  const wanted = parsePath(path).map(plain);
  let best: Node[] = [];
  let most = 0;
  for (const node of listNodes(text)) {
    const score = countSame(node.steps, wanted);
    if (score > most) [most, best] = [score, [node]];
    else if (score === most && score > 0) best.push(node);
  }
  const [found] = best;
  return found && best.length === 1 ? { value: found.value, line: found.line } : null;
}

const ALIASES: Readonly<Record<string, string>> = { cache: "cachecontrol" };

function plain(step: Step): Step {
  if (typeof step === "number") return step;
  const name = step.replaceAll("_", "").toLowerCase();
  return ALIASES[name] ?? name;
}

/** How many steps are the same, counted from the end; a place in a list alone says nothing. */
function countSame(steps: readonly Step[], wanted: readonly Step[]): number {
  let same = 0;
  while (same < Math.min(steps.length, wanted.length)) {
    const step = steps[steps.length - 1 - same];
    if (step === undefined || plain(step) !== wanted[wanted.length - 1 - same]) break;
    same++;
  }
  return steps.slice(steps.length - same).some((step) => typeof step === "string") ? same : 0;
}

function listNodes(text: string): Node[] {
  const nodes: Node[] = [];
  const walk = (value: unknown, steps: readonly Step[], line: number): number => {
    if (steps.length) nodes.push({ value, steps, line });
    const members: (readonly [Step, unknown])[] = Array.isArray(value)
      ? value.map((one: unknown, index) => [index, one] as const)
      : typeof value === "object" && value !== null
        ? Object.entries(value)
        : [];
    if (!members.length) return line + 1;
    const last = members.reduce((next, [name, inner]) => walk(inner, [...steps, name], next), line + 1);
    return last + 1; // the bracket that closes it
  };
  try {
    walk(JSON.parse(text), [], 1);
  } catch {
    return [];
  }
  return nodes;
}

const SHOWN_LETTERS = 120;

/** A value in one line, cut where it is long. */
export function showShort(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_LETTERS ? `${text.slice(0, SHOWN_LETTERS)}…` : text;
}
