import type { Problem } from "./routes.ts";

/** One HTTP request, as it is sent: the same bytes at every try. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** How one try ended. */
export type Outcome =
  | { readonly type: "success"; readonly body: unknown }
  | { readonly type: "problem"; readonly status: number; readonly problem: Problem; readonly retryAfter: string | null }
  | {
      readonly type: "unexpected-answer";
      readonly status: number;
      readonly message: string;
      readonly retryAfter: string | null;
    }
  | { readonly type: "connection" | "timeout"; readonly message: string };

const isProblemJson = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && typeof value.code === "string";

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The messages of an error and of what caused it: `fetch failed: connect ECONNREFUSED 127.0.0.1:3000`. */
const messagesOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message, ...(error.cause ? [messagesOf(error.cause)] : [])].join(": ")
    : String(error);

const outcomeOf = (response: Response, text: string): Outcome => {
  const { status } = response;
  const retryAfter = response.headers.get("retry-after");
  const json = text === "" ? undefined : parse(text);
  if (response.ok && (json !== undefined || status === 204)) return { type: "success", body: json };
  if (!response.ok && isProblemJson(json)) return { type: "problem", status, problem: json, retryAfter };
  const message = `${status} with ${response.headers.get("content-type") ?? "no body"}, which is not an answer of this API`;
  return { type: "unexpected-answer", status, message, retryAfter };
};

/**
 * Sends the request once and reads the answer to its end, both within `timeoutMs`. Redirects are not followed:
 * the secret must not reach another host.
 *
 * @throws the reason of `signal`, once that is aborted.
 */
export const attempt = async (
  send: typeof fetch,
  request: HttpRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Outcome> => {
  const { url, method, headers, body } = request;
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeoutMs);
  signal?.addEventListener("abort", abort);
  try {
    const more = body === undefined ? {} : { body };
    const response = await send(url, { method, headers, redirect: "manual", signal: controller.signal, ...more });
    return outcomeOf(response, await response.text());
  } catch (error) {
    signal?.throwIfAborted();
    if (timedOut) return { type: "timeout", message: `no answer within ${timeoutMs} ms` };
    return { type: "connection", message: messagesOf(error) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
};
