import type { ResponseInfo } from "./api-promise.ts";
import type { Problem } from "./routes.ts";

/** One HTTP request. Every attempt sends the same bytes. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The outcome of one attempt. */
export type Outcome =
  | { readonly type: "success"; readonly body: unknown; readonly response: ResponseInfo }
  | { readonly type: "problem"; readonly status: number; readonly problem: Problem; readonly retryAfter: string | null }
  | {
      readonly type: "unexpected-response";
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

/** The messages of an error and its causes: `fetch failed: connect ECONNREFUSED 127.0.0.1:3000`. */
const messagesOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message, ...(error.cause ? [messagesOf(error.cause)] : [])].join(": ")
    : String(error);

/** Reads `"client";r=5999;t=42` (draft-ietf-httpapi-ratelimit-headers-10). */
const quotaOf = (rateLimit: string | null): ResponseInfo["quota"] => {
  const [, remaining, resetsInSeconds] = /;r=(\d+);t=(\d+)/.exec(rateLimit ?? "") ?? [];
  return remaining && resetsInSeconds
    ? { remaining: Number(remaining), resetsInSeconds: Number(resetsInSeconds) }
    : null;
};

const responseInfo = ({ status, headers }: Response): ResponseInfo => ({
  status,
  requestId: headers.get("x-request-id"),
  replayed: headers.get("idempotent-replayed") === "true",
  quota: quotaOf(headers.get("ratelimit")),
});

const outcomeOf = (response: Response, text: string): Outcome => {
  const { status } = response;
  const retryAfter = response.headers.get("retry-after");
  const json = text === "" ? undefined : parse(text);
  if (response.ok && (json !== undefined || status === 204)) {
    return { type: "success", body: json, response: responseInfo(response) };
  }
  if (!response.ok && isProblemJson(json)) return { type: "problem", status, problem: json, retryAfter };
  const contentType = response.headers.get("content-type") ?? "no body";
  const message = `${status} with ${contentType} is not a response of this API. Check baseUrl`;
  return { type: "unexpected-response", status, message, retryAfter };
};

/**
 * Sends the request once and reads the whole response within `timeoutMs`. Does not follow redirects, because they
 * would send the secret to another host.
 *
 * @throws the reason of `signal` when it is aborted.
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
    if (timedOut) return { type: "timeout", message: `no response within ${timeoutMs} ms` };
    return { type: "connection", message: messagesOf(error) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
};
