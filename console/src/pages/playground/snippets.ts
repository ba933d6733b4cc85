/** A request as something to paste into a terminal or a program. */

import type { Ask, DialectName, WireRequest } from "./ask";
import { dialectOf } from "./dialects/all";

const KEY = "$DRAGOMAN_API_KEY";

export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function writeCurl(request: WireRequest, origin: string): string {
  const headers = { "content-type": "application/json", ...request.headers };
  const lines = [
    `curl ${quoteForShell(origin + request.path)}`,
    `-H "authorization: Bearer ${KEY}"`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoteForShell(`${name}: ${value}`)}`),
    `-d ${quoteForShell(JSON.stringify(request.body))}`,
  ];
  return lines.join(" \\\n  ");
}

export type Language = "curl" | "Python" | "TypeScript";

const HELLO: Omit<Ask, "model"> = {
  system: "",
  turns: [{ role: "user", text: "Hello!", images: [] }],
  maxTokens: null,
  temperature: null,
  effort: "",
  tools: [],
  schema: null,
  isStream: false,
};

interface Place {
  model: string;
  origin: string;
}

/** How each maker's own library asks, by dialect. */
const PYTHON: Record<DialectName, (place: Place) => string> = {
  openai_chat: ({ model, origin }) => `from openai import OpenAI

client = OpenAI(base_url=${quote(`${origin}/v1`)}, api_key="…")
answer = client.chat.completions.create(model=${quote(model)}, messages=[{"role": "user", "content": "Hello!"}])
print(answer.choices[0].message.content)`,
  openai_responses: ({ model, origin }) => `from openai import OpenAI

client = OpenAI(base_url=${quote(`${origin}/v1`)}, api_key="…")
print(client.responses.create(model=${quote(model)}, input="Hello!").output_text)`,
  anthropic_messages: ({ model, origin }) => `from anthropic import Anthropic

client = Anthropic(base_url=${quote(origin)}, api_key="…")
answer = client.messages.create(model=${quote(model)}, max_tokens=1024, messages=[{"role": "user", "content": "Hello!"}])
print(answer.content[0].text)`,
  gemini_generate: ({ model, origin }) => `from google import genai

client = genai.Client(api_key="…", http_options={"base_url": ${quote(origin)}})
print(client.models.generate_content(model=${quote(model)}, contents="Hello!").text)`,
};

const TYPESCRIPT: Record<DialectName, (place: Place) => string> = {
  openai_chat: ({ model, origin }) => `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${quote(`${origin}/v1`)}, apiKey: "…" });
const answer = await client.chat.completions.create({ model: ${quote(model)}, messages: [{ role: "user", content: "Hello!" }] });
console.log(answer.choices[0].message.content);`,
  openai_responses: ({ model, origin }) => `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${quote(`${origin}/v1`)}, apiKey: "…" });
console.log((await client.responses.create({ model: ${quote(model)}, input: "Hello!" })).output_text);`,
  anthropic_messages: ({ model, origin }) => `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: ${quote(origin)}, apiKey: "…" });
const answer = await client.messages.create({ model: ${quote(model)}, max_tokens: 1024, messages: [{ role: "user", content: "Hello!" }] });
console.log(answer.content);`,
  gemini_generate: ({ model, origin }) => `import { GoogleGenAI } from "@google/genai";

const client = new GoogleGenAI({ apiKey: "…", httpOptions: { baseUrl: ${quote(origin)} } });
console.log((await client.models.generateContent({ model: ${quote(model)}, contents: "Hello!" })).text);`,
};

function quote(text: string): string {
  return JSON.stringify(text);
}

/** A first request to a model, in the dialect in which it was asked before. */
export function writeSnippet(language: Language, dialect: DialectName, place: Place): string {
  if (language === "Python") return PYTHON[dialect](place);
  if (language === "TypeScript") return TYPESCRIPT[dialect](place);
  return writeCurl(dialectOf(dialect).build({ ...HELLO, model: place.model }), place.origin);
}
