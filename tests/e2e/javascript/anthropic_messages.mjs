// The official Anthropic SDK.

import Anthropic from "@anthropic-ai/sdk";

const FINISHES = { end_turn: "stop", max_tokens: "length", tool_use: "tool_calls", refusal: "refusal" };

export const open = (url) => new Anthropic({ baseURL: url, apiKey: "caller-key", maxRetries: 0, timeout: 20_000 });

function buildRequest({ ask, model, pixel, weather, person }) {
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: pixel } };
  const said = (text, hasImage) => [{ type: "text", text }, ...(hasImage ? [image] : [])];
  const messages = [{ role: "user", content: said(ask.text, ask.image) }];
  if (ask.calls.length) {
    const uses = ask.calls.map(({ id, name, arguments: input }) => ({ type: "tool_use", id, name, input }));
    const results = ask.results.map((result) => ({
      type: "tool_result",
      tool_use_id: result.call_id,
      content: said(result.text, result.image),
    }));
    messages.push({ role: "assistant", content: uses }, { role: "user", content: results });
  }
  const tool = { name: "get_weather", description: "The weather in a city.", input_schema: weather };
  return {
    model,
    messages,
    max_tokens: ask.max_tokens,
    ...(ask.system && { system: ask.system }),
    ...(ask.tools && { tools: [tool] }),
    ...(ask.schema && { output_config: { format: { type: "json_schema", schema: person } } }),
    ...(ask.thinking && { thinking: { type: "enabled", budget_tokens: 2000 } }),
  };
}

export const plain = async (client, question) => hear(await client.messages.create(buildRequest(question)));

export const stream = async (client, question) =>
  hear(await client.messages.stream(buildRequest(question)).finalMessage());

function hear({ content, stop_reason, usage }) {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    calls: content
      .filter((block) => block.type === "tool_use")
      .map((block) => ({ name: block.name, arguments: block.input })),
    thinking: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    finish: FINISHES[stop_reason],
    input_tokens: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
    output_tokens: usage.output_tokens,
    cached_tokens: cached,
  };
}
