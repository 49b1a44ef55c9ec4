import type { Knex } from "@payments/adapters-postgres";
import type { FakeStripe } from "@payments/adapters-stripe/testing";
import { FAKE_SECRET_KEYS, FAKE_WEBHOOK_SECRETS } from "@payments/adapters-stripe/testing";
import type { StoredFact } from "@payments/domain";
import type { ApiCaller, TestClient } from "../../support/api-caller.ts";
import type { clientOf } from "./client-of.ts";

/** What a processor charged for one payment, whatever the service was told. */
export interface Charged {
  /** More than 1: the payment was authorized twice. */
  readonly authorizations: number;
  readonly captured: number;
  readonly refunded: number;
}

/** What the API says about a payment. */
export interface ListedPayment {
  readonly id: string;
  readonly status: string;
  readonly amountCaptured: number;
  readonly amountRefunded: number;
}

/** By the payment's id. */
export type ChargeLedger = ReadonlyMap<string, Charged>;

const NOTHING: Charged = { authorizations: 0, captured: 0, refunded: 0 };

interface SandboxRow {
  readonly payment: string;
  readonly kind: string;
  readonly facts: readonly StoredFact[];
}

const SANDBOX_LEDGER = `select parameters::json->>'paymentId' as payment, kind,
  facts::jsonb || coalesce(later_facts::jsonb, '[]') as facts from sandbox_operations`;

const sumOf = (facts: readonly StoredFact[], type: string, failure: string): number => {
  const failed = new Set(facts.filter((fact) => fact["type"] === failure).map(({ reference }) => reference));
  return facts
    .filter((fact) => fact["type"] === type && !failed.has(fact["reference"]))
    .reduce((sum, fact) => sum + Number((fact["money"] as { readonly amount: string }).amount), 0);
};

/** The sum of all entries of each payment. */
const ledgerOf = (entries: readonly (readonly [payment: string, charged: Charged])[]): ChargeLedger => {
  const ledger = new Map<string, Charged>();
  for (const [payment, { authorizations, captured, refunded }] of entries) {
    const known = ledger.get(payment) ?? NOTHING;
    ledger.set(payment, {
      authorizations: known.authorizations + authorizations,
      captured: known.captured + captured,
      refunded: known.refunded + refunded,
    });
  }
  return ledger;
};

export const sandboxLedger = async (knex: Knex): Promise<ChargeLedger> => {
  const { rows }: { rows: readonly SandboxRow[] } = await knex.raw(SANDBOX_LEDGER);
  return ledgerOf(
    rows.map(({ payment, kind, facts }) => {
      const captured = sumOf(facts, "captured", "capture-failed");
      const refunded = sumOf(facts, "refund-succeeded", "refund-failed");
      return [payment, { authorizations: kind === "authorize" ? 1 : 0, captured, refunded }];
    }),
  );
};

export const stripeLedger = (fake: FakeStripe): ChargeLedger =>
  ledgerOf(
    fake
      .entries()
      .map(({ metadata, captured, refunded }) => [
        metadata["payment_id"] ?? "",
        { authorizations: 1, captured, refunded },
      ]),
  );

/** Test clients are charged by the fake at `apiBase`, live clients are not charged. */
export const stripeInTestMode = (apiBase: string): Record<string, string> => ({
  STRIPE_TEST_SECRET_KEY: FAKE_SECRET_KEYS.test,
  STRIPE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.platform,
  STRIPE_API_BASE: new URL(apiBase).origin,
});

/** Live clients are charged by the fake at `apiBase`, on their connected account if they have one. */
export const stripeInLiveMode = (apiBase: string): Record<string, string> => ({
  PAYMENT_PROCESSOR: "stripe",
  STRIPE_SECRET_KEY: FAKE_SECRET_KEYS.live,
  STRIPE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.platform,
  STRIPE_CONNECT_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRETS.connect,
  STRIPE_API_BASE: new URL(apiBase).origin,
});

/** All payments of a client. */
export const listAll = async (
  caller: Pick<ReturnType<typeof clientOf>, "request">,
): Promise<readonly ListedPayment[]> => {
  const payments: ListedPayment[] = [];
  for (let path: string | null = "/payments?limit=100"; path !== null; ) {
    const { status, body } = await caller.request(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    const page: { readonly data: readonly ListedPayment[]; readonly next: string | null } = JSON.parse(body);
    payments.push(...page.data);
    path = page.next === null ? null : `/payments?limit=100&after=${encodeURIComponent(page.next)}`;
  }
  return payments;
};

/** Payments that the processor and the service do not agree on, or that were charged twice. */
export const disagreements = (ledger: ChargeLedger, payments: readonly ListedPayment[]): readonly string[] => {
  const known = new Set(payments.map(({ id }) => id));
  const unknown = [...ledger.keys()].filter((id) => !known.has(id)).map((id) => `${id} is charged, but not stored`);
  const differing = payments.flatMap(({ id, status, amountCaptured, amountRefunded }) => {
    const { authorizations, captured, refunded } = ledger.get(id) ?? NOTHING;
    const agrees = authorizations === 1 && captured === amountCaptured && refunded === amountRefunded;
    const stored = `stored as ${status}, captured ${amountCaptured}, refunded ${amountRefunded}`;
    return agrees ? [] : [`${id}: ${authorizations} charges of ${captured}, refunded ${refunded}; ${stored}`];
  });
  return [...unknown, ...differing];
};

const UNRESOLVED = `select count(*)::integer as unresolved from payment_operations
  where state not in ('succeeded', 'declined')`;

/** Operations whose result the service does not know yet. */
export const countUnresolved = async (knex: Knex): Promise<number> => {
  const { rows } = await knex.raw(UNRESOLVED);
  return rows[0].unresolved;
};

/** Whether every stored webhook has an outcome. */
export const areNotificationsApplied = async (knex: Knex): Promise<boolean> => {
  const { rows } = await knex.raw("select from processor_notifications where outcome is null limit 1");
  return rows.length === 0;
};

/** A live client with a connected account that Stripe allows to charge. */
export const onboard = async (api: ApiCaller, fake: FakeStripe): Promise<TestClient & { readonly account: string }> => {
  const client = await api.createClient();
  await api.asAdmin("POST", `/accounts/${client.id}/onboarding`);
  const { processorAccount: account } = (await api.asAdmin("GET", `/accounts/${client.id}`)).body;
  fake.accounts("live").complete(account);
  return { ...client, account };
};
