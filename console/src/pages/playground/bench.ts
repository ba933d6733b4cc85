/** The state of the playground: up to four lanes that are asked the same, each with a model, a dialect and a past of its own. */

import type { Answer } from "./answer";
import type { Ask, DialectName, Effort, Image, Tool, ToolResult, Turn } from "./ask";
import { parseObject, pick, type JsonObject } from "./json";

export const MAX_LANES = 4;

export interface Step {
  asked: Extract<Turn, { role: "user" | "tool" }>;
  answer: Answer;
  dialect: DialectName;
}

export interface Lane {
  id: number;
  model: string;
  dialect: DialectName;
  steps: readonly Step[];
}

export interface Options {
  system: string;
  maxTokens: string;
  temperature: string;
  effort: Effort;
  tools: string;
  schema: string;
  isStream: boolean;
}

export const PLAIN_OPTIONS: Options = { system: "", maxTokens: "", temperature: "", effort: "", tools: "", schema: "", isStream: true };

export interface Bench {
  lanes: readonly Lane[];
  nextId: number;
}

export type Action =
  | { type: "add"; model: string; dialect: DialectName }
  | { type: "remove"; lane: number }
  | { type: "set"; lane: number; model?: string; dialect?: DialectName }
  | { type: "step"; lane: number; step: Step }
  | { type: "grow"; lane: number; answer: Answer }
  | { type: "clear" };

export function startBench(model: string, dialect: DialectName): Bench {
  return { lanes: [{ id: 1, model, dialect, steps: [] }], nextId: 2 };
}

export function reduceBench(bench: Bench, action: Action): Bench {
  const change = (id: number, next: (lane: Lane) => Lane): Bench => ({
    ...bench,
    lanes: bench.lanes.map((lane) => (lane.id === id ? next(lane) : lane)),
  });
  switch (action.type) {
    case "add":
      if (bench.lanes.length >= MAX_LANES) return bench;
      return {
        lanes: [...bench.lanes, { id: bench.nextId, model: action.model, dialect: action.dialect, steps: [] }],
        nextId: bench.nextId + 1,
      };
    case "remove":
      return { ...bench, lanes: bench.lanes.filter((lane) => lane.id !== action.lane) };
    case "set":
      return change(action.lane, (lane) => ({ ...lane, model: action.model ?? lane.model, dialect: action.dialect ?? lane.dialect }));
    case "step":
      return change(action.lane, (lane) => ({ ...lane, steps: [...lane.steps, action.step] }));
    case "grow":
      return change(action.lane, (lane) => ({
        ...lane,
        steps: lane.steps.map((step, index) => (index === lane.steps.length - 1 ? { ...step, answer: action.answer } : step)),
      }));
    case "clear":
      return { ...bench, lanes: bench.lanes.map((lane) => ({ ...lane, steps: [] })) };
  }
}

export function isRunning(lane: Lane): boolean {
  const last = lane.steps[lane.steps.length - 1];
  return last?.answer.state === "waiting" || last?.answer.state === "streaming";
}

/** The past of a lane as turns. An answer that failed has no place in what is sent, nor has the question before it. */
export function readTurns(steps: readonly Step[]): Turn[] {
  return steps
    .filter(({ answer }) => answer.state === "done" || (answer.state === "stopped" && answer.text))
    .flatMap(({ asked, answer, dialect }): Turn[] => [
      asked,
      {
        role: "assistant",
        text: answer.text,
        calls: answer.state === "done" ? answer.calls : [],
        dialect,
        own: answer.state === "done" ? answer.own : null,
      },
    ]);
}

export function buildAsk(lane: Lane, options: Options, asked: Step["asked"]): Ask {
  return {
    model: lane.model,
    system: options.system,
    turns: [...readTurns(lane.steps), asked],
    maxTokens: readNumber(options.maxTokens),
    temperature: readNumber(options.temperature),
    effort: options.effort,
    tools: readTools(options.tools) ?? [],
    schema: options.schema.trim() ? parseObject(options.schema) : null,
    isStream: options.isStream,
  };
}

function readNumber(source: string): number | null {
  const value = Number(source);
  return source.trim() && Number.isFinite(value) ? value : null;
}

/** A list of tools in JSON; null if it is not one. Chat's own wrapping is taken off, so that a list can be pasted. */
export function readTools(source: string): Tool[] | null {
  if (!source.trim()) return [];
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return null;
  }
  const found = (Array.isArray(value) ? value : [value]).map((one: unknown) => readTool(pick(one, "function") ?? one));
  return found.some((tool) => tool === null) ? null : (found as Tool[]);
}

function readTool(value: unknown): Tool | null {
  const name = pick(value, "name");
  if (typeof name !== "string" || !name) return null;
  const parameters = pick(value, "parameters") ?? pick(value, "input_schema") ?? { type: "object", properties: {} };
  const description = pick(value, "description");
  return { name, description: typeof description === "string" ? description : "", parameters: parameters as JsonObject };
}

export function checkOptions(options: Options): Partial<Record<keyof Options, string>> {
  const problems: Partial<Record<keyof Options, string>> = {};
  if (readTools(options.tools) === null) problems.tools = "This is not a JSON list of tools, each with a name.";
  if (options.schema.trim() && !parseObject(options.schema)) problems.schema = "This is not a JSON object.";
  if (options.maxTokens && !(Number(options.maxTokens) >= 1)) problems.maxTokens = "A whole number above 0.";
  if (options.temperature && !(Number(options.temperature) >= 0)) problems.temperature = "A number from 0 to 2.";
  return problems;
}

export function askUser(text: string, images: readonly Image[]): Step["asked"] {
  return { role: "user", text, images };
}

export function askTools(results: readonly ToolResult[]): Step["asked"] {
  return { role: "tool", results };
}
