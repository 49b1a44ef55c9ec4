import type { FakeStripe, StripeFaultName } from "./fake-stripe.ts";
import type { FakeResponse } from "./idempotency.ts";
import type { FakeMode } from "./ledger.ts";
import { authenticate } from "./payment-intents.ts";
import { closeDispute, openDispute, settleRefund } from "./refunds.ts";
import { StripeFault } from "./stripe-fault.ts";

interface Order {
  readonly mode?: FakeMode;
  readonly account?: string;
  readonly faults?: readonly StripeFaultName[];
  readonly latencyMs?: number;
  readonly advanceMs?: number;
  readonly forget?: boolean;
}

type Control = (fake: FakeStripe, id: string, order: Order) => object;

const ledgerOf = (fake: FakeStripe, { mode = "live", account }: Order) => fake.ledger(mode, account ?? null);

/** What Stripe, the bank and the payer do on their own, by the last part of the path. */
const CONTROLS: Readonly<Record<string, Control>> = {
  "accounts/complete": (fake, id, { mode = "live" }) => fake.accounts(mode).complete(id),
  "accounts/disable": (fake, id, { mode = "live" }) => fake.accounts(mode).disable(id),
  "accounts/deauthorize": (fake, id, { mode = "live" }) => {
    fake.accounts(mode).deauthorize(id);
    return {};
  },
  "payment_intents/authenticate": (fake, id, order) => authenticate(ledgerOf(fake, order), id, true),
  "payment_intents/fail_authentication": (fake, id, order) => authenticate(ledgerOf(fake, order), id, false),
  "payment_intents/dispute": (fake, id, order) => openDispute(ledgerOf(fake, order), id),
  "refunds/succeed": (fake, id, order) => settleRefund(ledgerOf(fake, order), id, "succeeded"),
  "refunds/fail": (fake, id, order) => settleRefund(ledgerOf(fake, order), id, "failed"),
  "disputes/win": (fake, id, order) => closeDispute(ledgerOf(fake, order), id, "won"),
  "disputes/lose": (fake, id, order) => closeDispute(ledgerOf(fake, order), id, "lost"),
};

const configure = (fake: FakeStripe, { faults = [], latencyMs, advanceMs = 0, forget }: Order): object => {
  if (forget) fake.forget();
  fake.fail(...faults);
  if (latencyMs !== undefined) fake.latencyMs = latencyMs;
  fake.advanceClock(advanceMs);
  return {};
};

const run = (fake: FakeStripe, method: string, path: string, body: string): object | null => {
  if (method === "GET" && path === "/_ledger") return { charges: fake.entries() };
  if (method !== "POST") return null;
  const order: Order = body === "" ? {} : JSON.parse(body);
  if (path === "/_control") return configure(fake, order);
  const [, noun = "", id = "", action = ""] = /^\/_(\w+)\/(\w+)\/(\w+)$/.exec(path) ?? [];
  return CONTROLS[`${noun}/${action}`]?.(fake, id, order) ?? null;
};

const response = (status: number, body: object): FakeResponse => ({ status, body: JSON.stringify(body) });

/** Requests that steer the fake, all below `/_`. They are no part of Stripe's API. */
export const control = (fake: FakeStripe, method: string, path: string, body: string): FakeResponse => {
  try {
    const result = run(fake, method, path, body);
    return result === null ? response(404, {}) : response(200, result);
  } catch (error) {
    if (error instanceof StripeFault) return response(error.status, error.body);
    if (error instanceof SyntaxError) return response(400, { error: { message: error.message } });
    throw error;
  }
};
