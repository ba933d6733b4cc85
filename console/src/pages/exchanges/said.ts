/** What was said in an exchange, made comparable, and made into a request again. */

import type { DialectName, WireRequest } from "../playground/ask";
import { parseObject, type JsonObject } from "../playground/json";

/** JSON with a line for each value, and streams with the data of each event so; whatever is neither stays as it came. */
export function layOut(text: string): string {
  const whole = indent(text);
  if (whole !== null) return whole;
  return text
    .split("\n")
    .map((line) => {
      if (!line.startsWith("data:")) return line;
      const data = indent(line.slice(5));
      return data === null ? line : `data: ${data}`;
    })
    .join("\n");
}

function indent(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

const PATHS: Readonly<Record<Exclude<DialectName, "gemini_generate">, string>> = {
  openai_chat: "/v1/chat/completions",
  openai_responses: "/v1/responses",
  anthropic_messages: "/v1/messages",
};

export interface Replay {
  request: WireRequest;
  isStream: boolean;
}

/** The same request for another model; null where it cannot be read, as when only its beginning was kept. */
export function buildReplay(dialect: DialectName, text: string, model: string, wasStream: boolean): Replay | null {
  const body = parseObject(text);
  if (!body) return null;
  if (dialect === "gemini_generate") {
    const verb = wasStream ? "streamGenerateContent?alt=sse" : "generateContent";
    const path = `/v1beta/models/${model.split("/").map(encodeURIComponent).join("/")}:${verb}`;
    return { request: { path, headers: {}, body }, isStream: wasStream };
  }
  const changed: JsonObject = { ...body, model };
  const headers: Record<string, string> = dialect === "anthropic_messages" ? { "anthropic-version": "2023-06-01" } : {};
  return { request: { path: PATHS[dialect], headers, body: changed }, isStream: changed.stream === true };
}
