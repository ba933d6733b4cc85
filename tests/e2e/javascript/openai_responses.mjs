// The official OpenAI SDK, Responses.

export { open } from "./openai_chat.mjs";

function buildRequest({ ask, model, pixel, weather, person }) {
  const image = { type: "input_image", image_url: `data:image/png;base64,${pixel}`, detail: "auto" };
  const said = (text, hasImage) => [{ type: "input_text", text }, ...(hasImage ? [image] : [])];
  const tool = { type: "function", name: "get_weather", description: "Weather.", parameters: weather, strict: true };
  return {
    model,
    input: [
      { role: "user", content: said(ask.text, ask.image) },
      ...ask.calls.map(({ id, name, arguments: input }) => ({
        type: "function_call",
        call_id: id,
        name,
        arguments: JSON.stringify(input),
      })),
      ...ask.results.map((result) => ({
        type: "function_call_output",
        call_id: result.call_id,
        output: result.image ? said(result.text, true) : result.text,
      })),
    ],
    max_output_tokens: ask.max_tokens,
    store: false,
    ...(ask.system && { instructions: ask.system }),
    ...(ask.tools && { tools: [tool] }),
    ...(ask.schema && { text: { format: { type: "json_schema", name: "person", schema: person, strict: true } } }),
    ...(ask.thinking && { reasoning: { effort: "medium", summary: "auto" } }),
  };
}

export const plain = async (client, question) => hear(await client.responses.create(buildRequest(question)));

export const stream = async (client, question) =>
  hear(await client.responses.stream(buildRequest(question)).finalResponse());

// The SDK raises nothing for an answer that failed: whoever uses it must look at the status.
function hear({ status, error, incomplete_details, output, usage }) {
  if (status === "failed") throw new Error(error.message);
  const calls = output.filter((item) => item.type === "function_call");
  const said = output.filter((item) => item.type === "message").flatMap((item) => item.content);
  const thoughts = output.filter((item) => item.type === "reasoning");
  let finish = calls.length ? "tool_calls" : "stop";
  if (status === "incomplete") finish = incomplete_details.reason === "max_output_tokens" ? "length" : "refusal";
  if (said.some((part) => part.type === "refusal")) finish = "refusal";
  return {
    text: said.map((part) => (part.type === "output_text" ? part.text : "")).join(""),
    calls: calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) })),
    thinking: thoughts
      .flatMap((item) => [...item.summary, ...(item.content ?? [])])
      .map((part) => part.text)
      .join(""),
    finish,
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    cached_tokens: usage.input_tokens_details.cached_tokens,
  };
}
