// What all of the AI SDK's providers share: a program asks the same way, whichever model it was given.

import { generateText, isStepCount, jsonSchema, Output, streamText, tool } from "ai";

globalThis.AI_SDK_LOG_WARNINGS = false;

const FINISHES = { stop: "stop", length: "length", "tool-calls": "tool_calls", "content-filter": "refusal" };

function buildRequest(client, { ask, model, pixel, weather, person, settings }) {
  const image = { type: "file", mediaType: "image/png", data: pixel };
  const messages = [{ role: "user", content: [{ type: "text", text: ask.text }, ...(ask.image ? [image] : [])] }];
  if (ask.calls.length) {
    const calls = ask.calls.map(({ id, name, arguments: input }) => ({
      type: "tool-call",
      toolCallId: id,
      toolName: name,
      input,
    }));
    const results = ask.results.map((result) => ({
      type: "tool-result",
      toolCallId: result.call_id,
      toolName: "get_weather",
      output: emitOutput(result, pixel),
    }));
    messages.push({ role: "assistant", content: calls }, { role: "tool", content: results });
  }
  const getWeather = tool({ description: "The weather in a city.", inputSchema: jsonSchema(weather) });
  return {
    model: client(model),
    messages,
    maxRetries: 0,
    maxOutputTokens: ask.max_tokens,
    ...(ask.system && { instructions: ask.system }),
    ...(ask.tools && { tools: { get_weather: getWeather } }),
    ...(ask.schema && { output: Output.object({ schema: jsonSchema(person), name: "person" }) }),
    ...(ask.thinking && { reasoning: "medium" }),
    ...settings,
  };
}

function emitOutput({ text, image }, pixel) {
  if (!image) return { type: "text", value: text };
  const file = { type: "file", mediaType: "image/png", data: { type: "data", data: pixel } };
  return { type: "content", value: [{ type: "text", text }, file] };
}

export const plain = async (client, question) => hear(await generateText(buildRequest(client, question)));

// The SDK rejects none of the promises when a stream fails: an error part says so.
export async function stream(client, question) {
  let failure;
  const running = streamText({ ...buildRequest(client, question), onError: () => {} });
  for await (const part of running.fullStream) {
    if (part.type === "error") failure = part.error;
  }
  if (failure !== undefined) throw failure instanceof Error ? failure : Object.assign(new Error(), failure);
  const names = ["text", "reasoningText", "toolCalls", "finishReason", "usage"];
  return hear(Object.fromEntries(await Promise.all(names.map(async (name) => [name, await running[name]]))));
}

// The SDK runs the tool itself and asks again, until the model has no more calls.
export async function loop(client, question) {
  const { weather } = question;
  const execute = async ({ city }) => `sunny in ${city}`;
  const tools = { get_weather: tool({ description: "The weather.", inputSchema: jsonSchema(weather), execute }) };
  const request = { ...buildRequest(client, question), tools, stopWhen: isStepCount(4) };
  if (question.streamed) {
    const running = streamText(request);
    await running.consumeStream();
    return { text: await running.text, steps: (await running.steps).length };
  }
  const { text, steps } = await generateText(request);
  return { text, steps: steps.length };
}

export async function warn(client, question) {
  const { warnings, providerMetadata } = await generateText(buildRequest(client, question));
  return { warnings, providerMetadata };
}

function hear({ text, reasoningText, toolCalls, finishReason, usage }) {
  return {
    text,
    calls: toolCalls.map((call) => ({ name: call.toolName, arguments: call.input })),
    thinking: reasoningText ?? "",
    finish: FINISHES[finishReason] ?? finishReason,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_tokens: usage.inputTokenDetails.cacheReadTokens ?? 0,
  };
}
