import { type AttemptOutcome, MAXIMUM_RESPONSE_BYTES } from "@payments/domain";
import type { Dispatcher } from "undici";
import { failureOf, retryAfterMs } from "./outcome.ts";

type Controller = Dispatcher.DispatchController;

/** Ends a request after its outcome is known. No caller sees it. */
const ENDED = new Error("the exchange has ended");

/**
 * One request and the start of its response. The status decides the outcome: a body that is late, cut off or too long
 * changes nothing. The connection of an unfinished body is closed.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (outcome: AttemptOutcome) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Controller | null = null;
  #response: { readonly status: number; readonly retryAfterMs: number | null } | null = null;
  readonly #body: Buffer[] = [];
  #length = 0;
  #isSettled = false;

  constructor(resolve: (outcome: AttemptOutcome) => void, timeoutMs: number) {
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#cut({ type: "failed", reason: "timeout" }), timeoutMs);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(ENDED);
  }

  onResponseStart(_: Controller, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status >= 200) this.#response = { status, retryAfterMs: retryAfterMs(headers["retry-after"], Date.now()) };
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.#body.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= MAXIMUM_RESPONSE_BYTES) this.#cut({ type: "failed", reason: "connection-lost" });
  }

  onResponseEnd(): void {
    this.#settle({ type: "failed", reason: "connection-lost" });
  }

  onResponseError(_: Controller, error: Error): void {
    this.#settle({ type: "failed", reason: failureOf(error) });
  }

  #cut(withoutResponse: AttemptOutcome): void {
    this.#settle(withoutResponse);
    this.#controller?.abort(ENDED);
  }

  #settle(withoutResponse: AttemptOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    const { status, retryAfterMs } = this.#response ?? {};
    if (status === undefined) this.#resolve(withoutResponse);
    else this.#resolve({ type: "responded", status, response: this.#text(), retryAfterMs: retryAfterMs ?? null });
  }

  #text(): string {
    const start = Buffer.concat(this.#body).subarray(0, MAXIMUM_RESPONSE_BYTES);
    // PostgreSQL stores no NUL.
    return new TextDecoder().decode(start).replaceAll("\0", "\uFFFD");
  }
}

/** Sends one request. It ends after `timeoutMs`, also if the receiver sends without end. */
export const exchange = (
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  timeoutMs: number,
): Promise<AttemptOutcome> =>
  new Promise((resolve) => {
    dispatcher.dispatch(request, new Exchange(resolve, timeoutMs));
  });
