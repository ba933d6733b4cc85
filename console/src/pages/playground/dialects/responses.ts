/** OpenAI Responses. Spec: https://platform.openai.com/docs/api-reference/responses */

import { dataUrl, SCHEMA_NAME, type Ask, type Dialect, type Piece, type Reader, type Turn } from "../ask";
import { compact, count, list, pick, text, type Json, type JsonObject } from "../json";

function buildItems(turn: Turn): Json[] {
  switch (turn.role) {
    case "user":
      return [
        {
          role: "user",
          content: [
            ...(turn.text ? [{ type: "input_text", text: turn.text }] : []),
            ...turn.images.map((image) => ({ type: "input_image", image_url: dataUrl(image) })),
          ],
        },
      ];
    case "tool":
      return turn.results.map(({ id, output }) => ({ type: "function_call_output", call_id: id, output }));
    case "assistant":
      if (turn.dialect === "openai_responses" && Array.isArray(turn.own)) return turn.own;
      return [
        ...(turn.text ? [{ role: "assistant", content: turn.text }] : []),
        ...turn.calls.map(({ id, name, input }) => ({ type: "function_call", call_id: id, name, arguments: input || "{}" })),
      ];
  }
}

function build(ask: Ask) {
  return {
    path: "/v1/responses",
    headers: {},
    body: compact({
      model: ask.model,
      instructions: ask.system || undefined,
      input: ask.turns.flatMap(buildItems),
      max_output_tokens: ask.maxTokens ?? undefined,
      temperature: ask.temperature ?? undefined,
      reasoning: ask.effort ? { effort: ask.effort, summary: "auto" } : undefined,
      include: ask.effort ? ["reasoning.encrypted_content"] : undefined,
      tools: ask.tools.length ? ask.tools.map((tool) => ({ type: "function", strict: false, ...tool })) : undefined,
      text: ask.schema ? { format: { type: "json_schema", name: SCHEMA_NAME, schema: ask.schema, strict: true } } : undefined,
      store: false,
      stream: ask.isStream || undefined,
    }),
  };
}

const PLAIN: Readonly<Record<string, "text" | "thinking">> = {
  "response.output_text.delta": "text",
  "response.refusal.delta": "text",
  "response.reasoning_summary_text.delta": "thinking",
  "response.reasoning_text.delta": "thinking",
};

const ENDS = new Set(["response.completed", "response.incomplete", "response.failed"]);

class ResponsesReader implements Reader {
  #items: JsonObject[] = [];

  feed(event: unknown): Piece[] {
    const type = text(event, "type");
    const kind = PLAIN[type];
    if (kind) return [{ kind, text: text(event, "delta") }];
    if (type === "response.output_item.done") return readCall(pick(event, "item"));
    if (ENDS.has(type)) return this.#end(pick(event, "response"));
    if (type === "error") return [{ kind: "error", message: text(event, "message") || text(event, "error", "message") }];
    return [];
  }

  read(body: unknown): Piece[] {
    return [...list(body, "output").flatMap((item) => [...readWords(item), ...readCall(item)]), ...this.#end(body)];
  }

  own(): Json {
    return this.#items;
  }

  #end(response: unknown): Piece[] {
    this.#items = list(response, "output") as JsonObject[];
    const failure = text(response, "error", "message");
    const reason = text(response, "incomplete_details", "reason") || text(response, "status");
    return [
      ...(failure ? [{ kind: "error" as const, message: failure }] : []),
      { kind: "finish", reason },
      {
        kind: "usage",
        input: count(response, "usage", "input_tokens"),
        cached: count(response, "usage", "input_tokens_details", "cached_tokens"),
        output: count(response, "usage", "output_tokens"),
      },
    ];
  }
}

function readWords(item: unknown): Piece[] {
  const words = list(item, "content").map((part): Piece => ({ kind: "text", text: text(part, "text") || text(part, "refusal") }));
  const thoughts = list(item, "summary").map((part): Piece => ({ kind: "thinking", text: text(part, "text") }));
  return text(item, "type") === "reasoning" ? thoughts : words;
}

function readCall(item: unknown): Piece[] {
  if (text(item, "type") !== "function_call") return [];
  return [{ kind: "call", call: { id: text(item, "call_id"), name: text(item, "name"), input: text(item, "arguments") } }];
}

export const responses: Dialect = {
  name: "openai_responses",
  label: "OpenAI Responses",
  build,
  reader: () => new ResponsesReader(),
};
