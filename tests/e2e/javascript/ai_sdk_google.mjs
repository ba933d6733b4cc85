// The AI SDK with Google's provider.

import { createGoogleGenerativeAI } from "@ai-sdk/google";

export * from "./ai_sdk.mjs";

export const open = (url) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: "caller-key" });
