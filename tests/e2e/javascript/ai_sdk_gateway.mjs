// The AI SDK with its default provider, the gateway. A model's name alone is enough: the SDK takes it to the gateway.

import { createGateway } from "@ai-sdk/gateway";
import { embedMany, generateImage } from "ai";

export * from "./ai_sdk.mjs";

export const open = (url) => createGateway({ baseURL: `${url}/v4/ai`, apiKey: "caller-key" });

export const models = async (client) => (await client.getAvailableModels()).models;

export const credits = (client) => client.getCredits();

export const generation = (client, { id }) => client.getGenerationInfo({ id });

export const report = (client, asked) => client.getSpendReport(asked);

export async function embed(client, { model, values, settings }) {
  const { embeddings, usage, warnings } = await embedMany({ model: client.embeddingModel(model), values, ...settings });
  return { embeddings, tokens: usage.tokens, warnings };
}

export async function draw(client, { model, prompt, settings }) {
  const { images, usage, warnings } = await generateImage({ model: client.imageModel(model), prompt, ...settings });
  return { images: images.map((image) => image.base64), tokens: usage.totalTokens, warnings };
}
