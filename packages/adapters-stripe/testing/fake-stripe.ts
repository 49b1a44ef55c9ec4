import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type Stripe from "stripe";
import { Accounts } from "./accounts.ts";
import { control } from "./control.ts";
import { type FakeResponse, IdempotencyKeys } from "./idempotency.ts";
import { type FakeMode, Ledger, type LedgerEntry } from "./ledger.ts";
import { newId } from "./objects.ts";
import { cancel } from "./payment-intents.ts";
import { decodeForm, Parameters, validate } from "./request-parameters.ts";
import { expanded, ROUTES, type Route } from "./routes.ts";
import { invalid, missing, StripeFault } from "./stripe-fault.ts";
import { type WebhookSecrets, WebhookSender } from "./webhook-sender.ts";

/**
 * What happens to the next POST request:
 *
 * - `drop-before`, `drop-after`: the connection is cut before or after the request is executed.
 * - `hang-before`, `hang-after`: no response comes.
 * - `error-before`, `error-after`: a 500, which the idempotency key then replays.
 * - `conflict`: a 409, because the key is in use. `rate-limit`: a 429. Neither is executed.
 */
export type StripeFaultName =
  | "drop-before"
  | "drop-after"
  | "hang-before"
  | "hang-after"
  | "error-before"
  | "error-after"
  | "conflict"
  | "rate-limit";

export interface FakeStripeOptions {
  readonly port?: number;
  readonly secretKeys?: Readonly<Record<FakeMode, string>>;
  readonly webhookUrl?: string | null;
  readonly webhookSecrets?: WebhookSecrets;
  readonly now?: () => Date;
}

const AUTHORIZATION_LIFETIME_SECONDS = 7 * 24 * 3_600;

export const FAKE_SECRET_KEYS = { live: "sk_live_fake", test: "sk_test_fake" } as const;
export const FAKE_WEBHOOK_SECRETS = { platform: "whsec_fake_platform", connect: "whsec_fake_connect" } as const;

/** A stateful fake of Stripe's API on loopback. What its ledger says was charged is the judge in tests. */
export class FakeStripe {
  readonly webhooks: WebhookSender;
  /** Every request takes this long at least. */
  latencyMs = 0;
  readonly #options: FakeStripeOptions;
  readonly #server: Server;
  readonly #now: () => Date;
  readonly #faults: StripeFaultName[] = [];
  readonly #keys: IdempotencyKeys;
  readonly #ledgers = new Map<string, Ledger>();
  readonly #accounts = new Map<FakeMode, Accounts>();
  #offsetMs = 0;

  constructor(options: FakeStripeOptions = {}) {
    const { now = () => new Date(), webhookUrl = null, webhookSecrets = FAKE_WEBHOOK_SECRETS } = options;
    this.#options = options;
    this.#now = () => new Date(now().getTime() + this.#offsetMs);
    this.#keys = new IdempotencyKeys(this.#now);
    this.webhooks = new WebhookSender(webhookUrl, webhookSecrets, this.#now);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Returns the URL for `STRIPE_API_BASE`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(this.#options.port ?? 0, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.webhooks.stop();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** The next POST requests meet these faults, one each. */
  fail(...faults: readonly StripeFaultName[]): void {
    this.#faults.push(...faults);
  }

  advanceClock(milliseconds: number): void {
    this.#offsetMs += milliseconds;
    for (const ledger of this.#ledgers.values()) this.#expire(ledger);
  }

  /** Empties all accounts. */
  forget(): void {
    this.#ledgers.clear();
    this.#accounts.clear();
    this.#keys.forget();
  }

  /** What was charged, in every account and mode. */
  entries(): readonly LedgerEntry[] {
    return [...this.#ledgers.values()].flatMap((ledger) => ledger.entries());
  }

  ledger(mode: FakeMode, account: string | null = null): Ledger {
    const name = `${mode} ${account}`;
    const ledger =
      this.#ledgers.get(name) ?? new Ledger(mode, account, this.#now, (event) => this.webhooks.push(event));
    this.#ledgers.set(name, ledger);
    return ledger;
  }

  accounts(mode: FakeMode): Accounts {
    const accounts = this.#accounts.get(mode) ?? new Accounts(mode, (account) => this.ledger(mode, account));
    this.#accounts.set(mode, accounts);
    return accounts;
  }

  /** A signed webhook of any event of the ledger. */
  sign(event: Stripe.Event): ReturnType<WebhookSender["sign"]> {
    return this.webhooks.sign(event);
  }

  #expire(ledger: Ledger): void {
    for (const intent of ledger.intents.values()) {
      const age = ledger.seconds - intent.created;
      if (intent.status === "requires_capture" && age >= AUTHORIZATION_LIFETIME_SECONDS) {
        cancel(ledger, intent.id, "automatic");
      }
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
    if (this.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    if (pathname.startsWith("/_")) return this.#send(response, control(this, request.method ?? "GET", pathname, body));
    const fault = request.method === "POST" ? this.#faults.shift() : undefined;
    if (fault === "drop-before") return void request.socket.destroy();
    if (fault === "hang-before") return;
    const result = this.#respond(request, pathname, request.method === "GET" ? search.slice(1) : body, fault);
    if (fault === "drop-after") return void request.socket.destroy();
    if (fault !== "hang-after") this.#send(response, result);
  }

  #send(response: ServerResponse, { status, body }: FakeResponse): void {
    const headers = { "content-type": "application/json", "request-id": newId("req") };
    response.writeHead(status, headers).end(body);
  }

  #respond(request: IncomingMessage, path: string, form: string, fault?: StripeFaultName): FakeResponse {
    try {
      return this.#execute(request, path, form, fault);
    } catch (error) {
      if (error instanceof StripeFault) return toResponse(error);
      throw error;
    }
  }

  #execute(request: IncomingMessage, path: string, form: string, fault?: StripeFaultName): FakeResponse {
    const mode = this.#modeOf(request.headers.authorization);
    const route = ROUTES.find(({ method, path: pattern }) => method === request.method && pattern.test(path));
    if (route === undefined) throw missing("route", `${request.method} ${path}`);
    if (fault === "rate-limit") throw new StripeFault(429, { type: "invalid_request_error", code: "rate_limit" });
    if (fault === "conflict") {
      throw new StripeFault(409, { type: "idempotency_error", code: "idempotency_key_in_use", message: "In use." });
    }
    const account = (request.headers["stripe-account"] as string | undefined) ?? null;
    if (account !== null) this.accounts(mode).get(account);
    const key = request.headers["idempotency-key"];
    const handle = () => this.#handle(route, mode, account, path, form, fault);
    if (typeof key !== "string" || request.method !== "POST") return handle();
    const scopedKey = `${mode} ${account} ${key}`;
    const replayed = this.#keys.find(scopedKey, `${path} ${form}`);
    if (replayed !== null) return replayed;
    const [result, isStored] = outcomeOf(handle);
    if (isStored) this.#keys.store(scopedKey, `${path} ${form}`, result);
    return result;
  }

  #handle(
    route: Route,
    mode: FakeMode,
    account: string | null,
    path: string,
    form: string,
    fault?: StripeFaultName,
  ): FakeResponse {
    const values = decodeForm(form);
    validate(values, route.shape);
    const serverError = new StripeFault(500, { type: "api_error", message: "An unknown error occurred." });
    if (fault === "error-before") throw serverError;
    const given = new Parameters(values);
    const ledger = this.ledger(mode, account);
    const accounts = this.accounts(mode);
    if (account !== null && path === "/v1/payment_intents" && route.method === "POST") accounts.requireCharges(account);
    const result = route.handle({ ledger, accounts, id: route.path.exec(path)?.[1] ?? "", given });
    if (fault === "error-after") throw serverError;
    const response = expanded(result, { list: given.list("expand") }, ledger);
    return { status: 200, body: JSON.stringify(response) };
  }

  #modeOf(authorization: string | undefined): FakeMode {
    const { secretKeys = FAKE_SECRET_KEYS } = this.#options;
    const mode = (["live", "test"] as const).find((name) => authorization === `Bearer ${secretKeys[name]}`);
    if (mode !== undefined) return mode;
    throw new StripeFault(401, { ...invalid("Invalid API Key provided.").body.error });
  }
}

const toResponse = ({ status, body }: StripeFault): FakeResponse => ({ status, body: JSON.stringify(body) });

/** The result, and whether the idempotency key keeps it. */
const outcomeOf = (handle: () => FakeResponse): readonly [FakeResponse, boolean] => {
  try {
    return [handle(), true];
  } catch (error) {
    if (!(error instanceof StripeFault)) throw error;
    return [toResponse(error), !error.isValidation];
  }
};
