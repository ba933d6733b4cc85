// The official Google GenAI SDK.

import { GoogleGenAI } from "@google/genai";

const FINISHES = { STOP: "stop", MAX_TOKENS: "length", SAFETY: "refusal", PROHIBITED_CONTENT: "refusal" };

export const open = (url) =>
  new GoogleGenAI({ apiKey: "caller-key", httpOptions: { baseUrl: url, timeout: 20_000 } });

function buildRequest({ ask, model, pixel, weather, person }) {
  const image = { inlineData: { mimeType: "image/png", data: pixel } };
  const contents = [{ role: "user", parts: [{ text: ask.text }, ...(ask.image ? [image] : [])] }];
  if (ask.calls.length) {
    const calls = ask.calls.map(({ id, name, arguments: args }) => ({ functionCall: { id, name, args } }));
    const results = ask.results.map((result) => ({
      functionResponse: {
        id: result.call_id,
        name: "get_weather",
        response: { result: result.text },
        ...(result.image && { parts: [image] }),
      },
    }));
    contents.push({ role: "model", parts: calls }, { role: "user", parts: results });
  }
  const tool = { name: "get_weather", description: "Weather.", parametersJsonSchema: weather };
  const config = {
    maxOutputTokens: ask.max_tokens,
    ...(ask.system && { systemInstruction: ask.system }),
    ...(ask.tools && { tools: [{ functionDeclarations: [tool] }] }),
    ...(ask.schema && { responseMimeType: "application/json", responseJsonSchema: person }),
    ...(ask.thinking && { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } }),
  };
  return { model, contents, config };
}

export const plain = async (client, question) =>
  hear([await client.models.generateContent(buildRequest(question))]);

export async function stream(client, question) {
  const chunks = [];
  for await (const chunk of await client.models.generateContentStream(buildRequest(question))) chunks.push(chunk);
  return hear(chunks);
}

function hear(chunks) {
  const candidates = chunks.flatMap((chunk) => chunk.candidates?.slice(0, 1) ?? []);
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const usage = chunks.findLast((chunk) => chunk.usageMetadata).usageMetadata;
  const calls = parts
    .filter((part) => part.functionCall)
    .map(({ functionCall: { name, args } }) => ({ name, arguments: args ?? {} }));
  const text = (isThought) =>
    parts.map((part) => (Boolean(part.thought) === isThought ? (part.text ?? "") : "")).join("");
  return {
    text: text(false),
    calls,
    thinking: text(true),
    finish: calls.length ? "tool_calls" : FINISHES[candidates.findLast((one) => one.finishReason).finishReason],
    input_tokens: usage.promptTokenCount ?? 0,
    output_tokens: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
    cached_tokens: usage.cachedContentTokenCount ?? 0,
  };
}
