import type { Dialect, DialectName } from "../ask";
import { chat } from "./chat";
import { gemini } from "./gemini";
import { messages } from "./messages";
import { responses } from "./responses";

export const DIALECTS: readonly Dialect[] = [chat, responses, messages, gemini];

export function dialectOf(name: string): Dialect {
  return DIALECTS.find((dialect) => dialect.name === name) ?? chat;
}

export function isDialect(name: string): name is DialectName {
  return DIALECTS.some((dialect) => dialect.name === name);
}
