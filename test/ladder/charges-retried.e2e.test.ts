import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { FakeStripe, type StripeFaultName } from "@payments/adapters-stripe/testing";
import { createOperationId, REVIEW_AFTER_MS, rehydratePaymentId } from "@payments/domain";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { CLI, runProgram } from "../support/run-program.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { until } from "../support/until.ts";
import {
  areNotificationsApplied,
  disagreements,
  listAll,
  onboard,
  stripeInLiveMode,
  stripeLedger,
} from "./support/charges.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { sumOfMetric } from "./support/metric.ts";

const using = undoAfterEach();

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A driver looks for due operations once a second. */
const POLLS_MS = 2_500;
/** On 1,000, by the rule at the time of the payment. */
const FEE = { rule: { basisPoints: 250, fixed: 30 }, amount: 55 };
const LATER_FEE_RULE = { basisPoints: 9_000, fixed: 0 };

/** How the first attempt of an operation ends. A hanging one ends with the process that waits for it. */
const FAULTS = ["drop-before", "drop-after", "error-after", "hang-after"] as const satisfies StripeFaultName[];
type Fault = (typeof FAULTS)[number];

/** How old operations are at their second attempt, and which of them it leaves without a result. */
const RETRIES: readonly { readonly ageMs: number; readonly open: readonly Fault[] }[] = [
  // Stripe replays the stored 500 as long as it remembers the key.
  { ageMs: 22.5 * HOUR_MS, open: ["error-after"] },
  // From here on the service searches. It does not repeat a request that left no trace.
  { ageMs: 23 * HOUR_MS, open: ["drop-before"] },
  // Stripe has forgotten the key.
  { ageMs: 25 * HOUR_MS, open: ["drop-before"] },
  { ageMs: 8 * DAY_MS, open: FAULTS },
];

interface Faulty {
  readonly id: string;
  readonly kind: "authorize" | "capture" | "refund";
  readonly fault: Fault;
  readonly ageMs: number;
}

/** What an operator finds out about operations after 8 days. */
const DECISIONS = [
  ["authorize", "drop-after", "succeeded"],
  ["capture", "hang-after", "succeeded"],
  ["refund", "error-after", "succeeded"],
  ["authorize", "drop-before", "declined"],
] as const;

const UNRESOLVED = "state not in ('succeeded', 'declined')";

/** Moves the unresolved operations into the past and ends their leases. Returns how many a driver has to continue. */
const age = async ({ knex }: TestDatabase, milliseconds: number): Promise<number> => {
  const { rowCount } = await knex.raw(
    `update payment_operations
     set lease_ends_at = clock_timestamp(), planned_at = planned_at - ? * interval '1 millisecond'
     where ${UNRESOLVED} and state <> 'needs_review'`,
    [milliseconds],
  );
  return rowCount;
};

/** An attempt in progress has a lease of half a minute. After it, an operation of this age waits for an hour. */
const countLeases = async ({ knex }: TestDatabase, within: string): Promise<number> => {
  const { rows } = await knex.raw(
    "select from payment_operations where lease_ends_at < clock_timestamp() + ?::interval",
    [within],
  );
  return rows.length;
};

/** The operations that need a review, by payment. */
const readReviews = async ({ knex }: TestDatabase): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await knex.raw("select id, payment_id from payment_operations where state = 'needs_review'");
  return new Map(
    rows.map((row: { readonly id: string; readonly payment_id: string }) => [
      rehydratePaymentId(row.payment_id),
      createOperationId(row.id),
    ]),
  );
};

/** Until it is dropped, every lease lasts. */
const KEEP_FROM_DRIVERS = `
  create or replace function keep_from_drivers() returns trigger language plpgsql as
    'begin new.lease_ends_at := new.lease_ends_at + interval ''1 day''; return new; end';
  create trigger keep_from_drivers before insert or update on payment_operations
    for each row execute function keep_from_drivers()`;

const openPayments = async ({ knex }: TestDatabase): Promise<ReadonlySet<string>> => {
  const { rows } = await knex.raw(`select payment_id from payment_operations where ${UNRESOLVED}`);
  return new Set(rows.map((row: { readonly payment_id: string }) => rehydratePaymentId(row.payment_id)));
};

/** A payment, a capture and a refund whose first attempts meet each fault. */
const sendFaulty = async (
  fake: FakeStripe,
  caller: ReturnType<typeof clientOf>,
  ageMs: number,
): Promise<readonly Faulty[]> => {
  const post = async (path: string, body: object): Promise<{ readonly id: string }> => {
    const { status, body: text } = await caller.request(path, { method: "POST", body });
    expect([200, 201]).toContain(status);
    return JSON.parse(text);
  };
  const pay = (capture: string) =>
    post("/payments/create", {
      amount: 1_000,
      currency: "EUR",
      paymentMethod: "pm_card_visa",
      capture,
      returnUrl: "https://shop.example/",
    });
  const faulty: Faulty[] = [];
  for (const fault of FAULTS) {
    fake.fail(fault);
    faulty.push({ id: (await pay("automatic")).id, kind: "authorize", fault, ageMs });
    const { id: authorized } = await pay("manual");
    fake.fail(fault);
    await post(`/payments/${authorized}/capture`, {});
    faulty.push({ id: authorized, kind: "capture", fault, ageMs });
    const { id: captured } = await pay("automatic");
    fake.fail(fault);
    await post(`/payments/${captured}/refunds`, { amount: 300 });
    faulty.push({ id: captured, kind: "refund", fault, ageMs });
  }
  return faulty;
};

/** A lost request of an operation that is too old to be repeated. A later webhook tells nothing of it. */
const isNeverSent = ({ kind, fault, ageMs }: Faulty): boolean =>
  kind === "authorize" && fault === "drop-before" && ageMs >= 23 * HOUR_MS;

guarantee(
  {
    id: "charges-retried",
    says: "After a lost response, a timeout, a lost request or a stored 500, an operation is repeated with its key for 23 h, searched for until it is 7 days old, and then reviewed. Two drivers continue each operation once. Neither a later fee rule nor a start without the processor changes it. No payment is charged twice, and the processor's ledger agrees with every payment.",
    covers: "ASVS 5.0 2.3.3, 2.3.4, 16.5.3 / CWE-362, CWE-672, CWE-837",
    short: { rounds: 1 },
    long: { rounds: 10 },
  },
  async ({ rounds }, { progress }) => {
    const fake = using(new FakeStripe(), (started) => started.stop());
    fake.webhooks.delivery = "hold";
    const stripe = stripeInLiveMode(await fake.start());
    const database = using(await createTestDatabase(), (created) => created.drop());
    const start = async (more: Record<string, string> = {}): Promise<ApiProcess> =>
      using(await startApi(database.url, { ...stripe, PROCESSOR_ANSWER_MS: "300", ...more }), (started) =>
        started.end("SIGKILL"),
      );
    const [api, second] = [await start(), await start()];
    const countCalls = async (): Promise<number> => {
      const calls = await Promise.all([api, second].map((driver) => sumOfMetric(driver, "payment_operations_total")));
      return calls.reduce((sum, count) => sum + count, 0);
    };
    const client = await onboard(api, fake);
    const caller = using(clientOf(api.url, client), (own) => own.close());
    const review = async (...args: readonly string[]) => {
      const variables = { ...stripe, DATABASE_URL: database.url };
      const { code, stdout, stderr } = await runProgram(CLI, variables, "payments", "review", "--json", ...args);
      if (code !== 0) throw new Error(`payments review: ${code} ${stdout}${stderr}`);
    };
    const setFee = (fee: object) => api.asAdmin("PATCH", `/accounts/${client.id}`, { fee });

    /** Ages what is unresolved, and lets both drivers continue it. Returns the payments that stay unresolved. */
    const drive = async (ageMs: number): Promise<ReadonlySet<string>> => {
      const before = await countCalls();
      const due = await age(database, ageMs);
      await until("each operation is attempted", async () => (await countLeases(database, "5 minutes")) === 0);
      expect((await countCalls()) - before).toBe(ageMs < REVIEW_AFTER_MS ? due : 0);
      return openPayments(database);
    };

    /** The trigger adds a day to the time. */
    const leaseUntil = (time: string) =>
      database.knex.raw(`update payment_operations set lease_ends_at = ${time} where ${UNRESOLVED}`);

    const offerWithoutProcessor = async (): Promise<void> => {
      await second.end("SIGKILL");
      await leaseUntil("clock_timestamp() - interval '1 day'");
      const due = await countLeases(database, "0");
      const unconfigured = await start({ PAYMENT_PROCESSOR: "none" });
      await sleep(POLLS_MS);
      expect([due > 0, await countLeases(database, "0")]).toEqual([true, due]);
      await unconfigured.end("SIGKILL");
      await leaseUntil("clock_timestamp()");
      await second.restart();
    };

    const all: Faulty[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const { ageMs, open } of RETRIES) {
        fake.advanceClock(-ageMs);
        await setFee(FEE.rule);
        await database.knex.raw(KEEP_FROM_DRIVERS);
        const faulty = await sendFaulty(fake, caller, ageMs);
        await api.end("SIGKILL");
        fake.advanceClock(ageMs);
        if (all.length === 0) await offerWithoutProcessor();
        await api.restart();
        await setFee(LATER_FEE_RULE);
        await database.knex.raw("drop trigger keep_from_drivers on payment_operations");
        const unresolved = await drive(ageMs);
        const expected = faulty.filter(({ fault }) => open.includes(fault)).map(({ id }) => id);
        expect(faulty.map(({ id }) => id).filter((id) => unresolved.has(id))).toEqual(expected);
        all.push(...faulty);
      }
      progress(`${round} of ${rounds} rounds, ${all.length} operations`);
    }

    const reviews = await readReviews(database);
    expect(new Set(reviews.keys())).toEqual(await openPayments(database));
    for (const [kind, fault, outcome] of DECISIONS) {
      const { id } = all.findLast((faulty) => faulty.kind === kind && faulty.fault === fault) as Faulty;
      const operation = reviews.get(id) ?? "";
      const payment = fake.entries().find(({ metadata }) => metadata["payment_id"] === id)?.payment;
      const found = kind === "authorize" && payment !== undefined ? ["--processor-payment", payment] : [];
      await review(client.id, operation, "--as", outcome, "--reason", "the ledger says so", "--yes", ...found);
    }
    fake.webhooks.url = `${api.url}/processor-webhooks/stripe`;
    await fake.webhooks.release();
    await until("the webhooks are applied", () => areNotificationsApplied(database.knex));

    const payments = await listAll(caller);
    const charged = new Set(fake.entries().map(({ metadata }) => metadata["payment_id"]));
    const uncharged = payments.filter(({ id }) => !charged.has(id));
    expect(uncharged.every(({ amountCaptured }) => amountCaptured === 0)).toBe(true);
    expect(uncharged.length).toBe(all.filter(isNeverSent).length);
    const agreeing = payments.filter(({ id }) => charged.has(id));
    expect(disagreements(stripeLedger(fake), agreeing)).toEqual([]);
    const fees = fake.entries().filter(({ captured }) => captured > 0);
    expect(new Set(fees.map(({ fee }) => fee))).toEqual(new Set([FEE.amount]));
    return `${all.length} operations at 4 ages, ${payments.length} payments, none charged twice; ${reviews.size} reviewed`;
  },
);
