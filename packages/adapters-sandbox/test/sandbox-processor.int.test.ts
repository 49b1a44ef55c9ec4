import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { foldPayment, type Operation, type OperationReport, type PaymentState } from "@payments/domain";
import {
  balanceTransactionsContract,
  expectError,
  expectOk,
  FixedClock,
  operationsIn,
  paymentProcessorContract,
  SequentialIds,
  someTerms,
} from "@payments/domain/testing";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { SANDBOX_PAYMENT_METHODS, SandboxBalance, type SandboxOptions, SandboxProcessor } from "../src/index.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const REPORT_DELAY_MS = 2_000;
const SLOW_RESPONSE_MS = 500;
const AUTHENTICATION_URL = "https://payments.example/sandbox/authenticate";
const options = {
  authenticationUrl: () => AUTHENTICATION_URL,
  reportDelayMs: REPORT_DELAY_MS,
  slowResponseMs: SLOW_RESPONSE_MS,
};
const SECRET = /_secret_[\w-]{32}$/;

const start = async (clock = new FixedClock()) => {
  await database.knex.raw("truncate sandbox_operations");
  return new SandboxProcessor(database.knex, clock, options);
};

paymentProcessorContract(async () => ({
  processor: await start(),
  paymentMethods: { approved: "pm_card_visa", declined: "pm_card_declined", needsAction: "pm_requires_action" },
  settle: async () => {},
}));

balanceTransactionsContract(async () => {
  const clock = new FixedClock();
  const [from, to] = [clock.now(), new Date(clock.now().getTime() + 1)];
  return {
    processor: await start(clock),
    balance: new SandboxBalance(database.knex, clock),
    paymentMethods: { approved: "pm_card_visa", declined: "pm_card_declined" },
    foreignReference: "ch_3NqX1K2eZvKYlo2C0Xq1",
    period: { from, to },
  };
});

it("the balance holds a movement only once the sandbox has reported it", async () => {
  const clock = new FixedClock();
  const sandbox = await start(clock);
  const ids = new SequentialIds();
  await sandbox.execute(operationsIn("test", () => ids.next()).authorize("pm_reports_later", "automatic"));
  const balance = new SandboxBalance(database.knex, clock);
  const period = { from: clock.now(), to: new Date(clock.now().getTime() + REPORT_DELAY_MS) };
  expect(expectOk(await balance.list(period))).toEqual([]);
  clock.advance(REPORT_DELAY_MS);
  expect(expectOk(await balance.list(period))).toMatchObject([{ kind: "capture", money: { amount: 1_000n } }]);
});

describe("a payment method of the sandbox", () => {
  const ids = new SequentialIds();
  const operations = operationsIn("test", () => ids.next());
  const execute = async (sandbox: SandboxProcessor, operation: Operation<"test">): Promise<OperationReport> =>
    expectOk(await sandbox.execute(operation));
  const stateOf = async (sandbox: SandboxProcessor, { payment }: OperationReport): Promise<PaymentState> =>
    foldPayment(someTerms(), expectOk(await sandbox.retrieve(payment)).facts);

  it.each([
    ["pm_card_visa", { status: "succeeded", amountCaptured: 1_000n, failure: null }],
    ["pm_card_declined", { status: "failed", amountCaptured: 0n, failure: "card_declined" }],
    ["pm_card_insufficient_funds", { status: "failed", failure: "insufficient_funds" }],
    ["pm_card_expired", { status: "failed", failure: "card_expired" }],
    [
      "pm_requires_action",
      {
        status: "requires_action",
        nextAction: {
          type: "redirect",
          url: expect.stringMatching(new RegExp(`^${AUTHENTICATION_URL}#sandbox_.*${SECRET.source}`)),
        },
      },
    ],
    ["pm_dispute", { status: "succeeded", amountCaptured: 1_000n, amountDisputed: 1_000n }],
    ["pm_refund_fails", { status: "succeeded", amountCaptured: 1_000n }],
  ])("%s: %j", async (paymentMethod, state) => {
    const sandbox = await start();
    const report = await execute(sandbox, operations.authorize(paymentMethod, "automatic"));
    expect(await stateOf(sandbox, report)).toMatchObject({ ...state, discrepancies: [] });
  });

  it("has a description for the documentation", () => {
    for (const [token, { description }] of Object.entries(SANDBOX_PAYMENT_METHODS)) {
      expect(token).toMatch(/^pm_[a-z_]+$/);
      expect(description).toMatch(/^The .+\.$/);
    }
  });

  it("is chosen in the browser when the request names none", async () => {
    const sandbox = await start();
    const report = await execute(sandbox, operations.authorize(null, "automatic"));
    expect(await stateOf(sandbox, report)).toMatchObject({
      status: "requires_action",
      nextAction: { type: "confirm", clientSecret: expect.stringMatching(SECRET) },
    });
    await execute(sandbox, operations.cancel(report.payment));
    expect(await stateOf(sandbox, report)).toMatchObject({ status: "canceled" });
  });

  it.each(["constructor", "__proto__", "toString", ""])("is not %j", async (paymentMethod) => {
    const sandbox = await start();
    const result = await sandbox.execute(operations.authorize(paymentMethod, "automatic"));
    expect(expectError(result)).toEqual({
      type: "refused",
      detail: "the sandbox has no such payment method",
      failure: "payment_method_unknown",
    });
  });

  it.each([
    ["pm_times_out_then_succeeds", "succeeded"],
    ["pm_times_out_then_declines", "declined"],
  ])("%s loses its first response alone", async (paymentMethod, outcome) => {
    const sandbox = await start();
    const operation = operations.authorize(paymentMethod, "automatic");
    expect(expectError(await sandbox.execute(operation)).type).toBe("outcome-unknown");
    expect(expectOk(await sandbox.find(operation))).toMatchObject({ outcome });
    expect(await execute(sandbox, operation)).toMatchObject({ outcome });
    const { rows } = await database.knex.raw("select count(*)::integer as charges from sandbox_operations");
    expect(rows).toEqual([{ charges: 1 }]);
  });

  it("pm_reports_later acknowledges captures and refunds, and reports their results after the delay", async () => {
    const clock = new FixedClock();
    const sandbox = await start(clock);
    const charge = await execute(sandbox, operations.authorize("pm_reports_later", "manual"));
    const capture = operations.capture(charge.payment, 1_000);
    expect(await execute(sandbox, capture)).toMatchObject({ outcome: "pending", facts: [] });
    expect(expectError(await sandbox.execute(operations.capture(charge.payment, 1))).type).toBe("refused");
    clock.advance(REPORT_DELAY_MS - 1);
    expect(await stateOf(sandbox, charge)).toMatchObject({ status: "authorized" });
    clock.advance(1);
    expect(expectOk(await sandbox.find(capture))).toMatchObject({ outcome: "succeeded" });
    expect(await stateOf(sandbox, charge)).toMatchObject({ status: "succeeded", amountCaptured: 1_000n });

    const refund = operations.refund(charge.payment, 400);
    expect(await execute(sandbox, refund)).toMatchObject({ outcome: "pending", facts: [{ type: "refund-pending" }] });
    expect(await stateOf(sandbox, charge)).toMatchObject({ amountRefunded: 0n, refunds: [{ status: "pending" }] });
    expect(expectError(await sandbox.execute(operations.refund(charge.payment, 601))).type).toBe("refused");
    clock.advance(REPORT_DELAY_MS);
    expect(await execute(sandbox, refund)).toMatchObject({ outcome: "succeeded" });
    expect(await stateOf(sandbox, charge)).toMatchObject({ amountRefunded: 400n, discrepancies: [] });
  });

  it("pm_refund_fails declines refunds, and nothing is returned", async () => {
    const sandbox = await start();
    const charge = await execute(sandbox, operations.authorize("pm_refund_fails", "automatic"));
    expect(await execute(sandbox, operations.refund(charge.payment, 400))).toMatchObject({ outcome: "declined" });
    expect(await stateOf(sandbox, charge)).toMatchObject({ amountRefunded: 0n, refunds: [{ status: "failed" }] });
  });

  it("pm_dispute opens the dispute with a later capture", async () => {
    const sandbox = await start();
    const charge = await execute(sandbox, operations.authorize("pm_dispute", "manual"));
    expect(await stateOf(sandbox, charge)).toMatchObject({ status: "authorized", amountDisputed: 0n });
    await execute(sandbox, operations.capture(charge.payment, 300));
    expect(await stateOf(sandbox, charge)).toMatchObject({ amountCaptured: 300n, amountDisputed: 300n });
  });
});

describe("a fault on request", () => {
  const ids = new SequentialIds();
  const operations = operationsIn("test", () => ids.next());
  const executed = async (): Promise<number> => {
    const { rows } = await database.knex.raw("select count(*)::integer as count from sandbox_operations");
    return rows[0].count;
  };
  const stateOf = async (sandbox: SandboxProcessor, { payment }: OperationReport): Promise<PaymentState> =>
    foldPayment(someTerms(), expectOk(await sandbox.retrieve(payment)).facts);

  it.each([
    ["pm_unreachable_first", { type: "not-sent" }],
    ["pm_request_lost_first", { type: "outcome-unknown" }],
    ["pm_rate_limited_first", { type: "rate-limited", retryAfterMs: 2_000 }],
  ])("%s executes nothing in the first second of an operation, and then all of it", async (paymentMethod, error) => {
    const clock = new FixedClock();
    const sandbox = await start(clock);
    const charge = operations.authorize(paymentMethod, "automatic");
    expect(expectError(await sandbox.execute(charge))).toMatchObject(error);
    clock.advance(999);
    expect(expectError(await sandbox.execute(charge))).toMatchObject(error);
    expect([await executed(), expectOk(await sandbox.find(charge))]).toEqual([0, null]);
    clock.advance(1);
    const report = expectOk(await sandbox.execute(charge));
    expect(report.outcome).toBe("succeeded");
    const refund = { ...operations.refund(report.payment, 400), plannedAt: clock.now() };
    expect(expectError(await sandbox.execute(refund))).toMatchObject(error);
    clock.advance(1_000);
    expect(expectOk(await sandbox.execute(refund)).outcome).toBe("succeeded");
    expect(await executed()).toBe(2);
  });

  it("pm_slow is executed before its response, and a repetition is answered at once", async () => {
    const sandbox = await start();
    const charge = operations.authorize("pm_slow", "automatic");
    const began = performance.now();
    const slow = sandbox.execute(charge);
    while ((await executed()) === 0);
    const repeated = expectOk(await sandbox.execute(charge));
    expect(performance.now() - began).toBeLessThan(SLOW_RESPONSE_MS);
    expect(expectOk(await slow)).toEqual(repeated);
    expect(performance.now() - began).toBeGreaterThanOrEqual(SLOW_RESPONSE_MS - 1);
  });

  it("pm_reports_twice repeats its facts, and they count once", async () => {
    const sandbox = await start();
    const { facts } = expectOk(await sandbox.execute(operations.authorize("pm_reports_twice", "automatic")));
    expect(facts.map(({ type }) => type)).toEqual(["authorized", "captured", "authorized", "captured"]);
    expect(foldPayment(someTerms(), facts)).toMatchObject({ amountCaptured: 1_000n, discrepancies: [] });
  });

  it("pm_reports_wrong_amount contradicts the payment", async () => {
    const sandbox = await start();
    const report = expectOk(await sandbox.execute(operations.authorize("pm_reports_wrong_amount", "manual")));
    const { status, discrepancies } = await stateOf(sandbox, report);
    expect([status, discrepancies.map(({ reason }) => reason)]).toEqual(["processing", ["wrong-amount"]]);
  });

  it("pm_capture_fails_later captures nothing in the end", async () => {
    const clock = new FixedClock();
    const sandbox = await start(clock);
    const report = expectOk(await sandbox.execute(operations.authorize("pm_capture_fails_later", "manual")));
    const capture = operations.capture(report.payment, 600);
    expect(expectOk(await sandbox.execute(capture)).outcome).toBe("pending");
    clock.advance(REPORT_DELAY_MS);
    expect(expectOk(await sandbox.find(capture))).toMatchObject({ outcome: "declined" });
    expect(await stateOf(sandbox, report)).toMatchObject({ status: "authorized", amountCaptured: 0n });
  });

  it("pm_authorization_expires can be captured before, and not after that", async () => {
    const clock = new FixedClock();
    const sandbox = await start(clock);
    const authorize = async () =>
      expectOk(await sandbox.execute(operations.authorize("pm_authorization_expires", "manual")));
    const [captured, expired] = [await authorize(), await authorize()];
    expect(expectOk(await sandbox.execute(operations.capture(captured.payment, 1_000))).outcome).toBe("succeeded");
    clock.advance(REPORT_DELAY_MS);
    expect(expectError(await sandbox.execute(operations.capture(expired.payment, 1_000))).type).toBe("refused");
    expect((await stateOf(sandbox, captured)).status).toBe("succeeded");
    expect((await stateOf(sandbox, expired)).status).toBe("expired");
  });

  it("pm_dispute_won returns the disputed amount later", async () => {
    const clock = new FixedClock();
    const sandbox = await start(clock);
    const charge = operations.authorize("pm_dispute_won", "automatic");
    const report = expectOk(await sandbox.execute(charge));
    expect(await stateOf(sandbox, report)).toMatchObject({ amountCaptured: 1_000n, amountDisputed: 1_000n });
    clock.advance(REPORT_DELAY_MS);
    expect(expectOk(await sandbox.find(charge))).toMatchObject({ outcome: "succeeded" });
    expect(await stateOf(sandbox, report)).toMatchObject({ amountDisputed: 0n, disputes: [{ status: "won" }] });
  });

  it("pm_refund_fails_later gives the amount back for another refund", async () => {
    const clock = new FixedClock();
    const sandbox = await start(clock);
    const report = expectOk(await sandbox.execute(operations.authorize("pm_refund_fails_later", "automatic")));
    const refund = operations.refund(report.payment, 1_000);
    await sandbox.execute(refund);
    expect(await stateOf(sandbox, report)).toMatchObject({ amountRefunded: 1_000n });
    clock.advance(REPORT_DELAY_MS);
    expect(expectOk(await sandbox.find(refund))).toMatchObject({ outcome: "declined" });
    expect(await stateOf(sandbox, report)).toMatchObject({ amountRefunded: 0n, discrepancies: [] });
    expect((await sandbox.execute(operations.refund(report.payment, 1_000))).isOk()).toBe(true);
  });
});

describe("the sandbox", () => {
  it("reports a lost database as an unknown outcome, without the statement", async () => {
    const ids = new SequentialIds();
    const sandbox = await start();
    await database.knex.raw("alter table sandbox_operations rename to sandbox_operations_away");
    try {
      const operation = operationsIn("test", () => ids.next()).authorize("pm_card_visa", "automatic");
      expect(expectError(await sandbox.execute(operation))).toEqual({
        type: "outcome-unknown",
        cause: "the sandbox's database: 42P01",
      });
    } finally {
      await database.knex.raw("alter table sandbox_operations_away rename to sandbox_operations");
    }
  });
});

it("executes each authorization once when several share a statement", async () => {
  await database.knex.raw("truncate sandbox_operations");
  const sizes: number[] = [];
  const coalesce: NonNullable<SandboxOptions["coalesce"]> = (work) => {
    let waiting: { readonly item: never; readonly resolve: (outcome: never) => void }[] = [];
    return (item) =>
      new Promise((resolve) => {
        if (waiting.length === 0) {
          setImmediate(async () => {
            const batch = waiting;
            waiting = [];
            sizes.push(batch.length);
            const outcomes = await work(batch.map((one) => one.item));
            for (const [index, outcome] of outcomes.entries()) batch[index]?.resolve(outcome as never);
          });
        }
        waiting.push({ item: item as never, resolve: resolve as never });
      });
  };
  const processor = new SandboxProcessor(database.knex, new FixedClock(), { ...options, coalesce });
  const ids = new SequentialIds();
  const operations = operationsIn("test", () => ids.next() as never);
  const all = [1, 2, 3].map(() => operations.authorize("pm_card_visa", "automatic"));
  const repeated = all[0] as (typeof all)[number];
  const reports = await Promise.all([...all, repeated].map((operation) => processor.execute(operation)));
  expect(sizes).toEqual([4]);
  for (const report of reports) expect(expectOk(report).outcome).toBe("succeeded");
  expect(expectOk(reports[3] as (typeof reports)[number])).toEqual(expectOk(reports[0] as (typeof reports)[number]));
  expect(await database.knex("sandbox_operations")).toHaveLength(3);
});
