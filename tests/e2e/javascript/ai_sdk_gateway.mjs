// The AI SDK with its default provider, the gateway. A model's name alone is enough: the SDK takes it to the gateway.

import { createGateway } from "@ai-sdk/gateway";

export * from "./ai_sdk.mjs";

export const open = (url) => createGateway({ baseURL: `${url}/v4/ai`, apiKey: "caller-key" });

export const models = async (client) => (await client.getAvailableModels()).models;

export const credits = (client) => client.getCredits();

export const generation = (client) => client.getGenerationInfo({ id: "gen_1" });

export const embed = (client, { model }) => client.embeddingModel(model).doEmbed({ values: ["Hello."] });
