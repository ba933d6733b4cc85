/** OpenAI Chat Completions. Spec: https://platform.openai.com/docs/api-reference/chat */

import { dataUrl, SCHEMA_NAME, type Ask, type Call, type Dialect, type Piece, type Reader, type Turn } from "../ask";
import { compact, count, list, pick, text, type Json } from "../json";

function buildMessages(turn: Turn): Json[] {
  switch (turn.role) {
    case "user":
      if (!turn.images.length) return [{ role: "user", content: turn.text }];
      return [
        {
          role: "user",
          content: [
            { type: "text", text: turn.text },
            ...turn.images.map((image) => ({ type: "image_url", image_url: { url: dataUrl(image) } })),
          ],
        },
      ];
    case "tool":
      return turn.results.map(({ id, output }) => ({ role: "tool", tool_call_id: id, content: output }));
    case "assistant":
      if (turn.dialect === "openai_chat" && turn.own) return [turn.own];
      return [
        compact({
          role: "assistant",
          content: turn.text || null,
          tool_calls: turn.calls.length ? turn.calls.map(writeCall) : undefined,
        }),
      ];
  }
}

function writeCall({ id, name, input }: Call) {
  return { id, type: "function", function: { name, arguments: input || "{}" } };
}

function build(ask: Ask) {
  return {
    path: "/v1/chat/completions",
    headers: {},
    body: compact({
      model: ask.model,
      messages: [...(ask.system ? [{ role: "system", content: ask.system }] : []), ...ask.turns.flatMap(buildMessages)],
      max_completion_tokens: ask.maxTokens ?? undefined,
      temperature: ask.temperature ?? undefined,
      reasoning_effort: ask.effort || undefined,
      tools: ask.tools.length ? ask.tools.map((tool) => ({ type: "function", function: { ...tool } })) : undefined,
      response_format: ask.schema
        ? { type: "json_schema", json_schema: { name: SCHEMA_NAME, schema: ask.schema, strict: true } }
        : undefined,
      stream: ask.isStream || undefined,
      stream_options: ask.isStream ? { include_usage: true } : undefined,
    }),
  };
}

class ChatReader implements Reader {
  #text = "";
  #calls: Call[] = [];

  feed(event: unknown): Piece[] {
    const pieces: Piece[] = readError(event);
    const choice = pick(event, "choices", 0);
    pieces.push(...this.#readMessage(pick(choice, "delta")));
    const reason = text(choice, "finish_reason");
    if (reason) pieces.push(...this.#calls.map((call): Piece => ({ kind: "call", call })), { kind: "finish", reason });
    return [...pieces, ...readUsage(event)];
  }

  read(body: unknown): Piece[] {
    const pieces = this.#readMessage(pick(body, "choices", 0, "message"));
    const calls = this.#calls.map((call): Piece => ({ kind: "call", call }));
    return [...pieces, ...calls, { kind: "finish", reason: text(body, "choices", 0, "finish_reason") }, ...readUsage(body)];
  }

  own(): Json {
    return compact({
      role: "assistant",
      content: this.#text || null,
      tool_calls: this.#calls.length ? this.#calls.map(writeCall) : undefined,
    });
  }

  #readMessage(message: unknown): Piece[] {
    const pieces: Piece[] = [];
    const thinking = text(message, "reasoning_content") || text(message, "reasoning");
    if (thinking) pieces.push({ kind: "thinking", text: thinking });
    const said = text(message, "content") || text(message, "refusal");
    if (said) {
      this.#text += said;
      pieces.push({ kind: "text", text: said });
    }
    list(message, "tool_calls").forEach((part, index) => this.#addCall(part, index));
    return pieces;
  }

  #addCall(part: unknown, fallback: number): void {
    const found = pick(part, "index");
    const index = typeof found === "number" ? found : fallback;
    const call = (this.#calls[index] ??= { id: "", name: "", input: "" });
    call.id ||= text(part, "id");
    call.name ||= text(part, "function", "name");
    call.input += text(part, "function", "arguments");
  }
}

function readUsage(event: unknown): Piece[] {
  const usage = pick(event, "usage");
  if (!usage) return [];
  return [
    {
      kind: "usage",
      input: count(usage, "prompt_tokens"),
      cached: count(usage, "prompt_tokens_details", "cached_tokens"),
      output: count(usage, "completion_tokens"),
    },
  ];
}

function readError(event: unknown): Piece[] {
  return pick(event, "error") ? [{ kind: "error", message: text(event, "error", "message") }] : [];
}

export const chat: Dialect = { name: "openai_chat", label: "OpenAI Chat", build, reader: () => new ChatReader() };
