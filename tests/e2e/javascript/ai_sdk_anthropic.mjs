// The AI SDK with Anthropic's provider.

import { createAnthropic } from "@ai-sdk/anthropic";

export * from "./ai_sdk.mjs";

export const open = (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: "caller-key" });
