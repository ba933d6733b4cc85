// The gateway provider of the AI SDK 6, whose language models are of version 3. It is asked as the SDK would ask it.

import { createGateway } from "ai-sdk-gateway-3";

export const open = (url) => createGateway({ baseURL: `${url}/v3/ai`, apiKey: "caller-key" });

const buildPrompt = ({ text }, pixel) => [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text },
      { type: "file", mediaType: "image/png", data: new Uint8Array(Buffer.from(pixel, "base64")) },
    ],
  },
];

export async function plain(client, { ask, model, pixel }) {
  const { content, finishReason, usage } = await client(model).doGenerate({ prompt: buildPrompt(ask, pixel) });
  return { content, finish: finishReason.unified, usage };
}

export async function stream(client, { ask, model, pixel }) {
  const { stream: parts } = await client(model).doStream({ prompt: buildPrompt(ask, pixel) });
  return Array.fromAsync(parts);
}

export const models = async (client) => (await client.getAvailableModels()).models;
