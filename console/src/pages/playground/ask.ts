/** What a person asks, before it is put into the words of a dialect, and what comes back, after. */

import type { Json, JsonObject } from "./json";

export interface Image {
  name: string;
  mediaType: string;
  base64: string;
}

export interface Tool {
  name: string;
  description: string;
  parameters: JsonObject;
}

export interface Call {
  id: string;
  name: string;
  /** The arguments as the model wrote them: JSON, if the model wrote JSON. */
  input: string;
}

export interface ToolResult {
  id: string;
  name: string;
  output: string;
}

export type Turn =
  | { role: "user"; text: string; images: readonly Image[] }
  | { role: "tool"; results: readonly ToolResult[] }
  | { role: "assistant"; text: string; calls: readonly Call[]; dialect: DialectName; own: Json };

export type Effort = "" | "low" | "medium" | "high";

export interface Ask {
  model: string;
  system: string;
  turns: readonly Turn[];
  maxTokens: number | null;
  temperature: number | null;
  effort: Effort;
  tools: readonly Tool[];
  schema: JsonObject | null;
  isStream: boolean;
}

export interface WireRequest {
  path: string;
  headers: Record<string, string>;
  body: JsonObject;
}

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "thinking"; text: string }
  | { kind: "call"; call: Call }
  | { kind: "usage"; input: number; cached: number; output: number }
  | { kind: "finish"; reason: string }
  | { kind: "error"; message: string };

/** Reads one answer. `own` is the answer as this dialect wants to have it back in the next request. */
export interface Reader {
  feed(event: unknown): Piece[];
  /** A whole answer, not streamed. */
  read(body: unknown): Piece[];
  own(): Json;
}

export type DialectName = "openai_chat" | "openai_responses" | "anthropic_messages" | "gemini_generate";

export interface Dialect {
  name: DialectName;
  label: string;
  build(ask: Ask): WireRequest;
  reader(): Reader;
}

export const SCHEMA_NAME = "answer";

export function dataUrl(image: Image): string {
  return `data:${image.mediaType};base64,${image.base64}`;
}

/** The arguments of a call as an object, whatever the model wrote. */
export function readArguments(call: Call): Json {
  try {
    return JSON.parse(call.input || "{}") as Json;
  } catch {
    return { unreadable: call.input };
  }
}
