import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { createRequire } from "node:module";
import { type InvalidValue, type Mode, parseProcessorAccount } from "@payments/domain";
import { err, ok, type Result } from "neverthrow";
import type Stripe from "stripe";

/** The version that the types of the `stripe` package describe. Stripe answers in its form whatever the account says. */
export const STRIPE_API_VERSION = "2026-10-28.endive";

const require = createRequire(import.meta.url);

/** Loads Stripe's library at its first use, because it is large and most processes never call Stripe. */
export const stripeLibrary = (): typeof Stripe => require("stripe");

declare const mode: unique symbol;

/** A secret or restricted key of one mode. */
export type StripeSecretKey<M extends Mode> = string & { readonly [mode]: M };

const KEY = /^(?:sk|rk)_(live|test)_\S+$/;

/** A key of the other mode is an error, and so is a publishable key. */
export const parseStripeSecretKey = <M extends Mode>(
  wanted: M,
  raw: string,
): Result<StripeSecretKey<M>, InvalidValue> => {
  const found = KEY.exec(raw)?.[1];
  if (found === wanted) return ok(raw as StripeSecretKey<M>);
  const detail =
    found === undefined
      ? `must be a secret key of Stripe, which starts with sk_${wanted}_ or rk_${wanted}_`
      : `is a key of Stripe's ${found} mode: use one that starts with sk_${wanted}_ or rk_${wanted}_`;
  return err({ type: "invalid-value", detail });
};

/** Whether the URL can replace https://api.stripe.com: an origin without path, query and credentials. */
export const isStripeApiBase = (raw: string): boolean => {
  if (!URL.canParse(raw)) return false;
  const { protocol, origin } = new URL(raw);
  return /^https?:$/.test(protocol) && (raw === origin || raw === `${origin}/`);
};

/** A request that got no response. `isSent` is false only where no byte of it can have left this machine. */
export class ConnectionFailed extends Error {
  readonly isSent: boolean;

  constructor(error: unknown) {
    const { code, name } = error as NodeJS.ErrnoException;
    super(`the connection to Stripe failed: ${code ?? name}`);
    this.name = "ConnectionFailed";
    this.isSent = !isBeforeConnect(error);
  }
}

/** Several addresses of a name may fail: each of them must have failed before a connection stood. */
const isBeforeConnect = (error: unknown): boolean => {
  const { errors, syscall } = error as NodeJS.ErrnoException & Partial<AggregateError>;
  if (errors !== undefined) return errors.length > 0 && errors.every(isBeforeConnect);
  return syscall === "connect" || syscall === "getaddrinfo";
};

/** Hides the code of a lost connection from the library, which otherwise repeats the request on its own. */
const withoutRetries = (inner: ReturnType<typeof Stripe.createNodeHttpClient>): typeof inner => ({
  getClientName: () => inner.getClientName(),
  makeRequest: async (...request) => {
    try {
      return await inner.makeRequest(...request);
    } catch (error) {
      throw new ConnectionFailed(error);
    }
  },
});

/** Less than the lease of an operation, so that two requests for one operation are rarely in flight. */
const TIMEOUT_MS = 50_000;

/** As many as calls may be in flight. Node keeps 256 by default, and each burst above that opens new connections. */
const MAXIMUM_IDLE_CONNECTIONS = 1_024;

const agentFor = (protocol: string): HttpAgent | HttpsAgent =>
  new (protocol === "http:" ? HttpAgent : HttpsAgent)({ keepAlive: true, maxFreeSockets: MAXIMUM_IDLE_CONNECTIONS });

export interface StripeAccess<M extends Mode> {
  readonly secretKey: StripeSecretKey<M>;
  /** Null: https://api.stripe.com. */
  readonly apiBase: string | null;
  readonly timeoutMs?: number;
}

export const connectToStripe = ({ secretKey, apiBase, timeoutMs = TIMEOUT_MS }: StripeAccess<Mode>): Stripe => {
  const { protocol, hostname, port } = new URL(apiBase ?? "https://api.stripe.com");
  const Library = stripeLibrary();
  return new Library(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    host: hostname,
    port: port === "" ? (protocol === "http:" ? "80" : "443") : port,
    protocol: protocol === "http:" ? "http" : "https",
    httpClient: withoutRetries(Library.createNodeHttpClient(agentFor(protocol))),
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
  });
};

/** The option that sends a request to the connected account. */
export const onAccount = (account: string | null): { readonly stripeAccount?: string } =>
  account === null ? {} : { stripeAccount: account };

export const parseStripeAccount = (raw: string | null | undefined) =>
  raw === null || raw === undefined ? null : parseProcessorAccount(raw).unwrapOr(null);
