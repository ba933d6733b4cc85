// The AI SDK with OpenAI's provider, Responses.

import { createOpenAI } from "@ai-sdk/openai";

export * from "./ai_sdk.mjs";

export const open = (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: "caller-key" }).responses;
