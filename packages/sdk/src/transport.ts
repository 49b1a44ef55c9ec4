import { ApiPromise, type WithResponse } from "./api-promise.ts";
import { attempt, type HttpRequest, type Outcome } from "./attempt.ts";
import { type ConnectionOptions, type Credential, withDefaults } from "./connection.ts";
import { type Ending, NoResponseError, type PaymentsError, ProblemError } from "./errors.ts";
import { List, type Page } from "./list.ts";
import { baseOf, requestUrl } from "./request-url.ts";
import { delayMs, wait } from "./retry-delay.ts";
import type { Body, PageQuery, Query, Result, Route } from "./routes.ts";

export interface CallOptions {
  /** Ends the call, also during a delay. The call then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

interface RouteRequest<Of extends Route> extends CallOptions {
  /** Values for the `{…}` of the path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Query<Of>;
  readonly body?: Body<Of>;
  readonly idempotencyKey?: string;
  /** Whether a retry is safe when the service may have carried out an earlier attempt. */
  readonly repeatable: boolean;
}

const IDEMPOTENCY_KEY = /^[!-~]{1,255}$/;

type Failure = Exclude<Outcome, { type: "success" }>;

const RETRYABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504]);

/** A 429 is sent before the request is processed. After any other failure, it may have been processed. */
const isRetryable = (failure: Failure, repeatable: boolean): boolean => {
  if (!("status" in failure)) return repeatable;
  return failure.status === 429 || (repeatable && RETRYABLE_STATUSES.has(failure.status));
};

const mayHaveBeenProcessed = (failure: Failure): boolean =>
  !("status" in failure) || failure.status >= 500 || failure.status < 400;

const errorOf = (route: Route, failure: Failure, secret: string, ending: Omit<Ending, "message">): PaymentsError => {
  if (failure.type === "problem") return new ProblemError(failure.problem, ending);
  const reason = failure.message.replaceAll(secret, "[secret]");
  const advice = ending.idempotencyKey === null ? "" : " Call again with the error's idempotencyKey and the same body.";
  const message = `${route} failed: ${reason} (attempts: ${ending.attempts}).${advice}`;
  return new NoResponseError(failure.type, "status" in failure ? failure.status : null, { ...ending, message });
};

/** The page after the cursor; without one, the page that the query names. */
const pageAfter = ({ limit, ...start }: PageQuery, after: string | undefined): PageQuery => ({
  ...(limit !== undefined && { limit }),
  ...(after === undefined ? start : { after }),
});

type ListRoute = { [Of in Route]: Result<Of> extends Page<unknown> ? Of : never }[Route];
type ItemOf<Of extends Route> = Result<Of> extends { readonly data: readonly (infer Item)[] } ? Item : never;

/** Sends requests and retries them. Its fields are private, so that printing it shows no secret. */
export class Transport {
  readonly #base: string;
  readonly #limits: ReturnType<typeof withDefaults>;
  readonly #credential: () => Promise<Credential>;

  /** @throws TypeError for an invalid option. */
  constructor(options: ConnectionOptions, credential: () => Promise<Credential>) {
    this.#base = baseOf(options.baseUrl);
    this.#limits = withDefaults(options);
    this.#credential = credential;
  }

  /** Rejects with ProblemError, NoResponseError, TypeError, the reason of `signal` or an error of the credential. */
  send<Of extends Route>(route: Of, request: RouteRequest<Of>): ApiPromise<Result<Of>> {
    return new ApiPromise(this.#send(route, request));
  }

  list<Of extends ListRoute>(
    route: Of,
    query: PageQuery,
    options: CallOptions & { readonly path?: Readonly<Record<string, string>> },
  ): List<ItemOf<Of>> {
    return new List((after) => {
      const page = pageAfter(query, after) as Query<Of>;
      return this.send(route, { ...options, query: page, repeatable: true }) as ApiPromise<Page<ItemOf<Of>>>;
    });
  }

  async #send<Of extends Route>(route: Of, request: RouteRequest<Of>): Promise<WithResponse<Result<Of>>> {
    const { send, maxAttempts, totalTimeoutMs } = this.#limits;
    const { signal, repeatable, idempotencyKey = null } = request;
    const http = this.#toHttp(route, request);
    const deadline = Date.now() + totalTimeoutMs;
    let outcome: Ending["outcome"] = "rejected";
    for (let attempts = 1; ; attempts++) {
      signal?.throwIfAborted();
      const { header, value, secret } = await this.#credential();
      const timeoutMs = Math.min(this.#limits.timeoutMs, Math.max(1, deadline - Date.now()));
      const authenticated = { ...http, headers: { ...http.headers, [header]: value } };
      const received = await attempt(send, authenticated, timeoutMs, signal);
      if (received.type === "success") return { data: received.body as Result<Of>, response: received.response };
      if (mayHaveBeenProcessed(received)) outcome = "unknown";
      const delay = delayMs(attempts, "retryAfter" in received ? received.retryAfter : null);
      const isLast = attempts >= maxAttempts || Date.now() + delay >= deadline;
      if (isLast || !isRetryable(received, repeatable)) {
        throw errorOf(route, received, secret, { idempotencyKey, attempts, outcome });
      }
      await wait(delay, signal);
    }
  }

  /** Built once per call: later changes of the caller's objects must not change a retry. */
  #toHttp<Of extends Route>(route: Of, { path = {}, query, body, idempotencyKey }: RouteRequest<Of>): HttpRequest {
    if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new TypeError("idempotencyKey must be 1 to 255 visible ASCII characters");
    }
    const [method = "", template = ""] = route.split(" ");
    return {
      url: requestUrl(this.#base, template, path, query ?? {}),
      method,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  }
}
