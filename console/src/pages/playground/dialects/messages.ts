/** Anthropic Messages. Spec: https://docs.anthropic.com/en/api/messages */

import { readArguments, type Ask, type Call, type Dialect, type Effort, type Piece, type Reader, type Turn } from "../ask";
import { compact, count, list, pick, text, type Json, type JsonObject } from "../json";

const LEAST_TOKENS = 4096;
const THINKING_TOKENS: Readonly<Record<Exclude<Effort, "">, number>> = { low: 1024, medium: 4096, high: 16384 };

function buildMessage(turn: Turn): Json {
  switch (turn.role) {
    case "user":
      return {
        role: "user",
        content: [
          ...turn.images.map((image) => ({
            type: "image",
            source: { type: "base64", media_type: image.mediaType, data: image.base64 },
          })),
          ...(turn.text ? [{ type: "text", text: turn.text }] : []),
        ],
      };
    case "tool":
      return {
        role: "user",
        content: turn.results.map(({ id, output }) => ({ type: "tool_result", tool_use_id: id, content: output })),
      };
    case "assistant":
      if (turn.dialect === "anthropic_messages" && turn.own) return { role: "assistant", content: turn.own };
      return {
        role: "assistant",
        content: [
          ...(turn.text ? [{ type: "text", text: turn.text }] : []),
          ...turn.calls.map((call) => ({ type: "tool_use", id: call.id, name: call.name, input: readArguments(call) })),
        ],
      };
  }
}

function build(ask: Ask) {
  const thinking = ask.effort ? THINKING_TOKENS[ask.effort] : 0;
  return {
    path: "/v1/messages",
    headers: { "anthropic-version": "2023-06-01" },
    body: compact({
      model: ask.model,
      system: ask.system || undefined,
      messages: ask.turns.map(buildMessage),
      max_tokens: (ask.maxTokens ?? LEAST_TOKENS) + thinking,
      temperature: thinking ? undefined : (ask.temperature ?? undefined),
      thinking: thinking ? { type: "enabled", budget_tokens: thinking } : undefined,
      tools: ask.tools.length
        ? ask.tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters }))
        : undefined,
      output_config: ask.schema ? { format: { type: "json_schema", schema: ask.schema } } : undefined,
      stream: ask.isStream || undefined,
    }),
  };
}

class MessagesReader implements Reader {
  #blocks: JsonObject[] = [];
  #inputs = new Map<number, string>();
  #counts = { input: 0, cached: 0 };

  feed(event: unknown): Piece[] {
    const index = count(event, "index");
    switch (text(event, "type")) {
      case "message_start":
        this.#note(pick(event, "message", "usage"));
        return [];
      case "content_block_start":
        this.#blocks[index] = { ...(pick(event, "content_block") as JsonObject) };
        return [];
      case "content_block_delta":
        return this.#grow(index, pick(event, "delta"));
      case "content_block_stop":
        return this.#close(index);
      case "message_delta":
        this.#note(pick(event, "usage"));
        return [
          { kind: "finish", reason: text(event, "delta", "stop_reason") },
          { kind: "usage", ...this.#counts, output: count(event, "usage", "output_tokens") },
        ];
      case "error":
        return [{ kind: "error", message: text(event, "error", "message") }];
      default:
        return [];
    }
  }

  read(body: unknown): Piece[] {
    this.#blocks = list(body, "content") as JsonObject[];
    this.#note(pick(body, "usage"));
    return [
      ...this.#blocks.flatMap(readBlock),
      { kind: "finish", reason: text(body, "stop_reason") },
      { kind: "usage", ...this.#counts, output: count(body, "usage", "output_tokens") },
    ];
  }

  own(): Json {
    return this.#blocks.filter((block) => block.type !== "text" || block.text !== "");
  }

  #grow(index: number, delta: unknown): Piece[] {
    const block = (this.#blocks[index] ??= { type: "text", text: "" });
    switch (text(delta, "type")) {
      case "text_delta":
        block.text = text(block, "text") + text(delta, "text");
        return [{ kind: "text", text: text(delta, "text") }];
      case "thinking_delta":
        block.thinking = text(block, "thinking") + text(delta, "thinking");
        return [{ kind: "thinking", text: text(delta, "thinking") }];
      case "signature_delta":
        block.signature = text(block, "signature") + text(delta, "signature");
        return [];
      case "input_json_delta":
        this.#inputs.set(index, (this.#inputs.get(index) ?? "") + text(delta, "partial_json"));
        return [];
      default:
        return [];
    }
  }

  #close(index: number): Piece[] {
    const block = this.#blocks[index];
    if (block?.type !== "tool_use") return [];
    const call = { id: text(block, "id"), name: text(block, "name"), input: this.#inputs.get(index) ?? "{}" };
    block.input = readArguments(call);
    return [{ kind: "call", call }];
  }

  #note(usage: unknown): void {
    if (!pick(usage, "input_tokens")) return;
    const cached = count(usage, "cache_read_input_tokens");
    this.#counts = { input: count(usage, "input_tokens") + cached + count(usage, "cache_creation_input_tokens"), cached };
  }
}

function readBlock(block: JsonObject): Piece[] {
  switch (block.type) {
    case "text":
      return [{ kind: "text", text: text(block, "text") }];
    case "thinking":
      return [{ kind: "thinking", text: text(block, "thinking") }];
    case "tool_use": {
      const call: Call = { id: text(block, "id"), name: text(block, "name"), input: JSON.stringify(block.input) };
      return [{ kind: "call", call }];
    }
    default:
      return [];
  }
}

export const messages: Dialect = {
  name: "anthropic_messages",
  label: "Anthropic Messages",
  build,
  reader: () => new MessagesReader(),
};
