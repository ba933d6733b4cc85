// The official OpenAI SDK, Chat Completions.

import OpenAI from "openai";

const FINISHES = { stop: "stop", length: "length", tool_calls: "tool_calls", content_filter: "refusal" };

export const open = (url) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: "caller-key", maxRetries: 0, timeout: 20_000 });

function buildRequest({ ask, model, pixel, weather, person }) {
  const image = { type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } };
  const messages = ask.system ? [{ role: "system", content: ask.system }] : [];
  messages.push({ role: "user", content: ask.image ? [{ type: "text", text: ask.text }, image] : ask.text });
  if (ask.calls.length) {
    const calls = ask.calls.map(({ id, name, arguments: input }) => ({
      id,
      type: "function",
      function: { name, arguments: JSON.stringify(input) },
    }));
    messages.push({ role: "assistant", content: null, tool_calls: calls });
    messages.push(...ask.results.map(({ call_id, text }) => ({ role: "tool", tool_call_id: call_id, content: text })));
  }
  const tool = { name: "get_weather", description: "The weather in a city.", parameters: weather };
  const schema = { name: "person", schema: person, strict: true };
  return {
    model,
    messages,
    max_completion_tokens: ask.max_tokens,
    ...(ask.tools && { tools: [{ type: "function", function: tool }] }),
    ...(ask.schema && { response_format: { type: "json_schema", json_schema: schema } }),
    ...(ask.thinking && { reasoning_effort: "medium" }),
  };
}

export const plain = async (client, question) => hear(await client.chat.completions.create(buildRequest(question)));

export async function stream(client, question) {
  let thinking = "";
  const request = { ...buildRequest(question), stream_options: { include_usage: true } };
  const running = client.chat.completions.stream(request);
  for await (const chunk of running) {
    thinking += chunk.choices[0]?.delta.reasoning_content ?? "";
  }
  return hear(await running.finalChatCompletion(), thinking);
}

function hear({ choices: [{ message, finish_reason }], usage }, thinking) {
  return {
    text: message.content ?? "",
    calls: (message.tool_calls ?? []).map((call) => ({
      name: call.function.name,
      arguments: JSON.parse(call.function.arguments),
    })),
    thinking: thinking ?? message.reasoning_content ?? "",
    finish: message.refusal ? "refusal" : FINISHES[finish_reason],
    input_tokens: usage.prompt_tokens,
    output_tokens: usage.completion_tokens,
    cached_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  };
}
