/** Gemini generateContent. Spec: https://ai.google.dev/api/generate-content */

import { readArguments, type Ask, type Dialect, type Effort, type Piece, type Reader, type Turn } from "../ask";
import { compact, count, list, pick, text, type Json, type JsonObject } from "../json";

const THINKING_TOKENS: Readonly<Record<Exclude<Effort, "">, number>> = { low: 1024, medium: 4096, high: 16384 };

function buildContent(turn: Turn): Json {
  switch (turn.role) {
    case "user":
      return {
        role: "user",
        parts: [
          ...(turn.text ? [{ text: turn.text }] : []),
          ...turn.images.map((image) => ({ inlineData: { mimeType: image.mediaType, data: image.base64 } })),
        ],
      };
    case "tool":
      return {
        role: "user",
        parts: turn.results.map(({ name, output }) => ({ functionResponse: { name, response: { output } } })),
      };
    case "assistant":
      if (turn.dialect === "gemini_generate" && turn.own) return { role: "model", parts: turn.own };
      return {
        role: "model",
        parts: [
          ...(turn.text ? [{ text: turn.text }] : []),
          ...turn.calls.map((call) => ({ functionCall: { name: call.name, args: readArguments(call) } })),
        ],
      };
  }
}

function build(ask: Ask) {
  const verb = ask.isStream ? "streamGenerateContent?alt=sse" : "generateContent";
  return {
    path: `/v1beta/models/${ask.model.split("/").map(encodeURIComponent).join("/")}:${verb}`,
    headers: {},
    body: compact({
      systemInstruction: ask.system ? { parts: [{ text: ask.system }] } : undefined,
      contents: ask.turns.map(buildContent),
      tools: ask.tools.length
        ? [{ functionDeclarations: ask.tools.map(({ name, description, parameters }) => ({ name, description, parametersJsonSchema: parameters })) }]
        : undefined,
      generationConfig: compact({
        maxOutputTokens: ask.maxTokens ?? undefined,
        temperature: ask.temperature ?? undefined,
        thinkingConfig: ask.effort ? { thinkingBudget: THINKING_TOKENS[ask.effort], includeThoughts: true } : undefined,
        responseMimeType: ask.schema ? "application/json" : undefined,
        responseJsonSchema: ask.schema ?? undefined,
      }),
    }),
  };
}

class GeminiReader implements Reader {
  #parts: JsonObject[] = [];
  #calls = 0;

  feed(event: unknown): Piece[] {
    if (pick(event, "error")) return [{ kind: "error", message: text(event, "error", "message") }];
    const parts = list(event, "candidates", 0, "content", "parts");
    const reason = text(event, "candidates", 0, "finishReason") || text(event, "promptFeedback", "blockReason");
    return [
      ...parts.flatMap((part) => this.#readPart(part as JsonObject)),
      ...(reason ? [{ kind: "finish" as const, reason }] : []),
      ...readUsage(event),
    ];
  }

  read(body: unknown): Piece[] {
    return this.feed(body);
  }

  own(): Json {
    return this.#parts.filter((part) => part.thought !== true);
  }

  #readPart(part: JsonObject): Piece[] {
    this.#keep(part);
    const called = part.functionCall;
    if (called) {
      const id = text(called, "id") || `call-${++this.#calls}`;
      return [{ kind: "call", call: { id, name: text(called, "name"), input: JSON.stringify(pick(called, "args") ?? {}) } }];
    }
    const said = text(part, "text");
    return said ? [{ kind: part.thought === true ? "thinking" : "text", text: said }] : [];
  }

  /** Pieces of a text become one part again; whatever carries more than text stays as it came. */
  #keep(part: JsonObject): void {
    const last = this.#parts[this.#parts.length - 1];
    if (last && isPlain(last) && isPlain(part)) last.text = text(last, "text") + text(part, "text");
    else this.#parts.push({ ...part });
  }
}

function isPlain(part: JsonObject): boolean {
  return Object.keys(part).join() === "text";
}

function readUsage(event: unknown): Piece[] {
  const usage = pick(event, "usageMetadata");
  if (!usage) return [];
  return [
    {
      kind: "usage",
      input: count(usage, "promptTokenCount"),
      cached: count(usage, "cachedContentTokenCount"),
      output: count(usage, "candidatesTokenCount") + count(usage, "thoughtsTokenCount"),
    },
  ];
}

export const gemini: Dialect = { name: "gemini_generate", label: "Gemini", build, reader: () => new GeminiReader() };
