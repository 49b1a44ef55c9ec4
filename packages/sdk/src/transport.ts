import { attempt, type HttpRequest, type Outcome } from "./attempt.ts";
import { type ConnectionOptions, withDefaults } from "./connection-options.ts";
import type { Credential } from "./credential.ts";
import { type Ending, NoAnswerError, type PaymentsError, ProblemError } from "./errors.ts";
import { baseOf, requestUrl } from "./request-url.ts";
import type { Answer, Body, Query, Route } from "./routes.ts";
import { wait, waitBefore } from "./waiting.ts";

export interface CallOptions {
  /** Ends the call, also between two tries; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

interface RouteRequest<Of extends Route> extends CallOptions {
  /** Values for the `{…}` of the path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Query<Of>;
  readonly body?: Body<Of>;
  readonly idempotencyKey?: string;
  /** Whether a second request does no harm after one of which nobody knows whether it was carried out. */
  readonly repeatable: boolean;
}

type Failure = Exclude<Outcome, { type: "success" }>;

const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** A 429 comes before anything is done; after the others, a request may have been carried out. */
const isWorthRetrying = (failure: Failure, repeatable: boolean): boolean => {
  if (!("status" in failure)) return repeatable;
  return failure.status === 429 || (repeatable && PASSING.has(failure.status));
};

const mayHaveBeenCarriedOut = (failure: Failure): boolean =>
  !("status" in failure) || failure.status >= 500 || failure.status < 400;

const errorOf = (route: Route, failure: Failure, secret: string, ending: Omit<Ending, "message">): PaymentsError => {
  if (failure.type === "problem") return new ProblemError(failure.problem, ending);
  const told = failure.message.replaceAll(secret, "[secret]");
  const advice = ending.idempotencyKey === null ? "" : " Call again with the error's idempotencyKey and the same body.";
  const message = `${route} failed: ${told} (tries: ${ending.tries}).${advice}`;
  return new NoAnswerError(failure.type, "status" in failure ? failure.status : null, { ...ending, message });
};

/** Sends requests and repeats what may be repeated. Its fields are private: nothing that prints it shows a secret. */
export class Transport {
  readonly #base: string;
  readonly #limits: ReturnType<typeof withDefaults>;
  readonly #credential: () => Promise<Credential>;

  /** @throws TypeError for options that could not work. */
  constructor(options: ConnectionOptions, credential: () => Promise<Credential>) {
    this.#base = baseOf(options.baseUrl);
    this.#limits = withDefaults(options);
    this.#credential = credential;
  }

  /** @throws ProblemError, NoAnswerError, the reason of `signal`, and what the provider of the credential throws. */
  async send<Of extends Route>(route: Of, request: RouteRequest<Of>): Promise<Answer<Of>> {
    const { send, maxTries, maxTimeMs } = this.#limits;
    const { signal, repeatable, idempotencyKey = null } = request;
    const http = this.#toHttp(route, request);
    const end = Date.now() + maxTimeMs;
    let outcome: Ending["outcome"] = "refused";
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const { header, value, secret } = await this.#credential();
      const timeoutMs = Math.min(this.#limits.timeoutMs, Math.max(1, end - Date.now()));
      const authenticated = { ...http, headers: { ...http.headers, [header]: value } };
      const tried = await attempt(send, authenticated, timeoutMs, signal);
      if (tried.type === "success") return tried.body as Answer<Of>;
      if (mayHaveBeenCarriedOut(tried)) outcome = "unknown";
      const pause = waitBefore(tries, "retryAfter" in tried ? tried.retryAfter : null);
      const isLast = tries >= maxTries || Date.now() + pause >= end;
      if (isLast || !isWorthRetrying(tried, repeatable)) {
        throw errorOf(route, tried, secret, { idempotencyKey, tries, outcome });
      }
      await wait(pause, signal);
    }
  }

  /** Made once a call: what the caller changes in its objects meanwhile must not change the tries to come. */
  #toHttp<Of extends Route>(route: Of, { path = {}, query, body, idempotencyKey }: RouteRequest<Of>): HttpRequest {
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
