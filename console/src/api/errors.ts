/** What the admin API refuses with, and what a person can do about it. */

const ADVICE: Readonly<Record<number, string>> = {
  0: "Is it still running? The console tries again by itself.",
  401: "Sign in again.",
  403: "Ask somebody with the role of an admin.",
  412: "Somebody changed it meanwhile: load it again and repeat your change.",
  429: "Wait a little, then try again.",
};

export class ApiError extends Error {
  readonly status: number;
  readonly path: string;
  readonly advice: string;

  constructor(status: number, message: string, path = "") {
    super(message);
    this.status = status;
    this.path = path;
    this.advice = ADVICE[status] ?? "";
  }
}

interface Said {
  message?: unknown;
  path?: unknown;
}

/** The error in the body of a refusal, whoever wrote it: the admin API, a dialect of the data plane, or a proxy. */
export function parseRefusal(status: number, text: string): ApiError {
  const said = readError(text);
  const message = typeof said?.message === "string" && said.message ? said.message : "";
  const path = typeof said?.path === "string" ? said.path : "";
  return new ApiError(status, message || `The gateway answered with status ${status}.`, path);
}

function readError(text: string): Said | null {
  try {
    const body: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(body) ? body[0] : body;
    if (!isObject(first)) return null;
    return isObject(first.error) ? first.error : first;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
