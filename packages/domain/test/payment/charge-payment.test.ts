import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type AuthenticatedClient,
  type CaptureMethod,
  ChangeCharge,
  type Charge,
  ChargePayment,
  type ChargePaymentCommand,
  type Currency,
  type Fact,
  type PaymentId,
  type ProcessorReference,
  type Processors,
  parsePaymentMethod,
  parseRefundReason,
  parseReturnUrl,
  RunOperation,
  type TrackedOperation,
  toPaymentJson,
} from "@payments/domain";
import {
  aClient,
  aFact,
  anActor,
  anIdempotencyKey,
  euros,
  expectError,
  expectOk,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryChargeRepository,
  InMemoryClientRepository,
  InMemoryPaymentProcessor,
  InMemoryStorage,
  type ProcessorFault,
  SeededApiKeys,
  SequentialIds,
} from "@payments/domain/testing";
import { errAsync } from "neverthrow";

const DAY_MS = 86_400_000;
const LEASE_MS = 60_000;
const fee = { basisPoints: 250n, fixed: 30n };

let storage: InMemoryStorage;
let clock: FixedClock;
let processor: InMemoryPaymentProcessor<"test">;
let live: InMemoryPaymentProcessor<"live">;
let charges: InMemoryChargeRepository;
let run: RunOperation;
let charge: ChargePayment;
let change: ChangeCharge;
let client: AuthenticatedClient;
let liveClient: AuthenticatedClient;

const start = (processors: Processors) => {
  const ids = new SequentialIds();
  run = new RunOperation(processors, charges, clock);
  charge = new ChargePayment(charges, run, ids, clock);
  change = new ChangeCharge(charges, run, processors, ids, clock);
};

beforeEach(async () => {
  storage = new InMemoryStorage();
  clock = new FixedClock();
  charges = new InMemoryChargeRepository(storage, clock);
  processor = new InMemoryPaymentProcessor("test", clock);
  live = new InMemoryPaymentProcessor("live", clock);
  start({ test: processor, live: null });
  const clients = new InMemoryClientRepository(storage, clock);
  const authenticator = new InMemoryApiKeyAuthenticator(storage, clock);
  const keys = new SeededApiKeys();
  const authenticated = async (mode: "live" | "test") => {
    const apiKey = keys.generate();
    expectOk(await clients.create(aClient({ id: `client-${mode}`, mode, fee }), apiKey, anActor, null));
    return expectOk(await authenticator.authenticate(apiKey));
  };
  client = await authenticated("test");
  liveClient = await authenticated("live");
});

const command = (fields: Partial<ChargePaymentCommand> = {}): ChargePaymentCommand => ({
  client,
  money: { amount: 1_000n, currency: "EUR" as Currency },
  description: null,
  metadata: {} as ChargePaymentCommand["metadata"],
  idempotencyKey: null,
  paymentMethod: expectOk(parsePaymentMethod("approved")),
  capture: "automatic",
  returnUrl: null,
  ...fields,
});
const pay = async (fields: Partial<ChargePaymentCommand> = {}) => expectOk(await charge.execute(command(fields)));
const payBy = (paymentMethod: string, capture: CaptureMethod = "automatic") =>
  pay({ paymentMethod: expectOk(parsePaymentMethod(paymentMethod)), capture });
const stateOf = async (id: PaymentId) => {
  const found = expectOk(await charges.find(client.clientId, [id])).get(id);
  return { status: found?.state.status, captured: found?.state.amountCaptured };
};
/** The driver's work: everything that is due. */
const drive = async () => {
  for (const claimed of expectOk(await charges.claim("test", 100, LEASE_MS))) expectOk(await run.resume(claimed));
};
const charged = () => [...processor.ledger.values()].reduce((sum, { captured }) => sum + captured, 0n);
const operationStates = () => storage.operations.map(({ state }) => state);

describe("a payment", () => {
  it("is charged, with the platform's fee", async () => {
    const { payment, charge: result, replayed } = await pay();
    expect(replayed).toBe(false);
    expect(result).toMatchObject({
      authorization: { fee: 55n, mode: "test" },
      state: { status: "succeeded", amountCaptured: 1_000n },
    });
    expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
    expect(operationStates()).toEqual(["succeeded"]);
    expect(charged()).toBe(1_000n);
  });

  it("keeps its fee when the client's rule changes", async () => {
    const idempotencyKey = anIdempotencyKey("order-1");
    const { payment } = await pay({ idempotencyKey });
    client = { ...client, fee: { basisPoints: 0n, fixed: 1n } };
    const { replayed, charge: repeated } = await pay({ idempotencyKey });
    expect([replayed, repeated.authorization.fee]).toEqual([true, 55n]);
    expect(expectOk(await charges.find(client.clientId, [payment.id])).get(payment.id)?.authorization.fee).toBe(55n);
    expect((await pay()).charge.authorization.fee).toBe(1n);
  });

  it("is retried with the fee that it was stored with", async () => {
    const sent: unknown[] = [];
    const execute = processor.execute.bind(processor);
    processor.execute = (operation) => {
      sent.push(structuredClone(operation));
      return execute(operation);
    };
    processor.fail("response-lost");
    await pay();
    client = { ...client, fee: { basisPoints: 10_000n, fixed: 0n } };
    clock.advance(LEASE_MS);
    await drive();
    expect(sent).toMatchObject([{ fee: 55n }, { fee: 55n }]);
    expect(sent[1]).toEqual(sent[0]);
    expect(charged()).toBe(1_000n);
  });

  it("takes no fee above its amount", async () => {
    client = { ...client, fee: { basisPoints: 0n, fixed: 1_001n } };
    expect((await pay()).charge.authorization.fee).toBe(1_000n);
  });

  it("shows no fee above what was captured", async () => {
    client = { ...client, fee: { basisPoints: 5_000n, fixed: 0n } };
    const { payment, charge: authorized } = await payBy("approved", "manual");
    expect(toPaymentJson(payment, "test", authorized).fee).toBe(500);
    const captured = expectOk(await change.capture(client.clientId, payment.id, 400n)).charge;
    expect(toPaymentJson(payment, "test", captured)).toMatchObject({ amountCaptured: 400, fee: 400 });
  });

  it.each([
    ["declined", "failed", "declined"],
    ["needs-action", "requires_action", "pending"],
  ])("by %s is %s, and its operation %s", async (paymentMethod, status, state) => {
    const { charge: result } = await payBy(paymentMethod);
    expect(result.state.status).toBe(status);
    expect(operationStates()).toEqual([state]);
  });

  it("that the processor refused says so", async () => {
    processor.execute = () => errAsync({ type: "refused", detail: "the account is disabled" });
    const { charge: refused } = await pay();
    expect(refused.state).toMatchObject({ status: "failed", failure: "processor_refused", discrepancies: [] });
    expect(operationStates()).toEqual(["declined"]);
  });

  it("by a method that only the processor can know has failed, and every repeated request says why", async () => {
    const paymentMethod = expectOk(parsePaymentMethod("no-such-method"));
    const repeated = command({ paymentMethod, idempotencyKey: anIdempotencyKey("order-1") });
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(expectError(await charge.execute(repeated))).toEqual({ type: "payment-method-unknown", known: null });
    }
    const [stored] = storage.payments;
    expect(await stateOf(stored?.payment.id as PaymentId)).toEqual({ status: "failed", captured: 0n });
    expect([storage.payments.length, operationStates()]).toEqual([1, ["declined"]]);
  });

  it("of a live client is charged by the live processor alone, and not stored without one", async () => {
    expect(expectError(await charge.execute(command({ client: liveClient })))).toEqual({
      type: "no-processor",
    });
    expect(storage.payments).toEqual([]);
    start({ test: processor, live });
    expect((await pay({ client: liveClient })).charge.state.status).toBe("succeeded");
    expect([live.ledger.size, processor.ledger.size]).toEqual([1, 0]);
  });

  it("is not changed while its processor is not configured: nothing is stored that would be executed later", async () => {
    start({ test: processor, live });
    const authorized = (await pay({ client: liveClient, capture: "manual" })).payment.id;
    const captured = (await pay({ client: liveClient })).payment.id;
    const before = operationStates();
    start({ test: processor, live: null });
    const changes = [
      await change.capture(liveClient.clientId, authorized, null),
      await change.cancel(liveClient.clientId, authorized),
      await change.refund(liveClient.clientId, captured, 100n, null),
    ];
    expect(changes.map((result) => result.isErr() && result.error.type)).toEqual(changes.map(() => "no-processor"));
    expect(operationStates()).toEqual(before);
  });

  it("is charged once per idempotency key, and a replay shows its current state", async () => {
    const idempotencyKey = anIdempotencyKey("key-1");
    const first = await pay({ idempotencyKey, capture: "manual" });
    await change.capture(client.clientId, first.payment.id, null);
    const second = await pay({ idempotencyKey, capture: "manual" });
    expect(second).toMatchObject({
      payment: first.payment,
      replayed: true,
      charge: { state: { status: "succeeded" } },
    });
    expect(processor.ledger.size).toBe(1);
  });

  it.each<[string, Partial<ChargePaymentCommand>]>([
    ["payment method", { paymentMethod: expectOk(parsePaymentMethod("declined")) }],
    ["capture", { capture: "manual" }],
    ["return URL", { returnUrl: "https://shop.example" }],
    ["amount", { money: { amount: 999n, currency: "EUR" as Currency } }],
  ])("with the idempotency key of another %s is an error", async (_, other) => {
    const idempotencyKey = anIdempotencyKey("key-1");
    await pay({ idempotencyKey });
    const reused = await charge.execute(command({ idempotencyKey, ...other }));
    expect(expectError(reused)).toEqual({ type: "idempotency-key-reused" });
    expect(charged()).toBe(1_000n);
  });

  it("is not charged when its key is no longer current", async () => {
    await new InMemoryClientRepository(storage, clock).update(
      client.clientId,
      { status: "inactive" },
      clock.now(),
      anActor,
    );
    expect(expectError(await charge.execute(command()))).toEqual({ type: "credential-not-current" });
    expect(processor.ledger.size).toBe(0);
  });

  it("still completes when its key is revoked after it was stored", async () => {
    processor.fail("response-lost");
    const { payment } = await pay();
    await new InMemoryClientRepository(storage, clock).update(
      client.clientId,
      { status: "inactive" },
      clock.now(),
      anActor,
    );
    clock.advance(LEASE_MS);
    await drive();
    expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
  });
});

describe("an interrupted charge", () => {
  it.each<ProcessorFault>(["not-sent", "request-lost", "response-lost", "rate-limited"])(
    "by %s is processing, and then charged once",
    async (fault) => {
      processor.fail(fault, fault);
      const { payment } = await pay();
      expect(await stateOf(payment.id)).toEqual({ status: "processing", captured: 0n });
      for (let round = 0; round < 3; round++) {
        clock.advance(LEASE_MS);
        await drive();
      }
      expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
      expect([charged(), processor.ledger.size]).toEqual([1_000n, 1]);
    },
  );

  it("whose process died before the call is charged when its lease ends", async () => {
    const { payment, charge: unsent } = await pay();
    processor.ledger.clear();
    storage.facts.clear();
    for (const operation of storage.operations) Object.assign(operation, { state: "planned", leaseEndsAt: 0 });
    processor = new InMemoryPaymentProcessor("test", clock);
    start({ test: processor, live: null });
    await drive();
    expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
    expect(charged()).toBe(unsent.authorization.money.amount);
  });

  it("is searched for, and never sent again, once the processor may have forgotten the key", async () => {
    processor.fail("request-lost");
    const { payment } = await pay();
    clock.advance(23 * 3_600_000);
    await drive();
    expect([await stateOf(payment.id), processor.ledger.size]).toEqual([{ status: "processing", captured: 0n }, 0]);
  });

  it("is found after the processor may have forgotten the key", async () => {
    processor.fail("response-lost");
    const { payment } = await pay();
    clock.advance(25 * 3_600_000);
    await drive();
    expect([await stateOf(payment.id), processor.ledger.size]).toEqual([{ status: "succeeded", captured: 1_000n }, 1]);
  });

  it("needs a review after 7 days, and is left alone then", async () => {
    processor.fail("request-lost");
    const { payment } = await pay();
    clock.advance(7 * DAY_MS);
    await drive();
    expect(operationStates()).toEqual(["needs_review"]);
    clock.advance(DAY_MS);
    await drive();
    expect([await stateOf(payment.id), processor.ledger.size]).toEqual([{ status: "processing", captured: 0n }, 0]);
  });

  it("waits longer after each attempt", async () => {
    processor.fail(...Array.from({ length: 100 }, () => "request-lost" as const));
    await pay();
    let attempts = 0;
    for (let second = 0; second < 600; second++) {
      clock.advance(1_000);
      const claimed = expectOk(await charges.claim("test", 1, LEASE_MS));
      attempts += claimed.length;
      for (const operation of claimed) await run.resume(operation);
    }
    expect(attempts).toBe(19);
  });

  it("is looked up at most daily while it waits for the payer, and no more after 30 days", async () => {
    await payBy("needs-action");
    const lookups: number[] = [];
    for (let hour = 0; hour < 60 * 24; hour++) {
      clock.advance(DAY_MS / 24);
      const claimed = expectOk(await charges.claim("test", 1, LEASE_MS));
      for (const operation of claimed) {
        lookups.push(hour);
        await run.resume(operation);
      }
    }
    expect(lookups.length).toBeLessThan(50);
    expect(lookups.at(-1)).toBeGreaterThanOrEqual(30 * 24 - 1);
    expect(lookups.at(-1)).toBeLessThan(32 * 24);
    const gaps = lookups.slice(1).map((hour, index) => hour - Number(lookups[index]));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(31);
  });

  it("waits as long as a processor that is too busy says, and then up to a quarter longer", async () => {
    processor.retryAfterMs = 30_000;
    processor.fail("rate-limited");
    const { payment } = await pay();
    clock.advance(29_999);
    await drive();
    expect(await stateOf(payment.id)).toEqual({ status: "processing", captured: 0n });
    clock.advance(7_501);
    await drive();
    expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
  });

  it("spreads its retries over time", async () => {
    processor.fail(...Array.from({ length: 64 }, () => "request-lost" as const));
    for (let count = 0; count < 64; count++) await pay();
    const dueAt = storage.operations.map(({ leaseEndsAt }) => Number(leaseEndsAt) - clock.now().getTime());
    expect(Math.min(...dueAt)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...dueAt)).toBeLessThanOrEqual(1_250);
    expect(new Set(dueAt).size).toBeGreaterThan(16);
  });

  it.each<ProcessorFault>(["not-sent", "rate-limited"])(
    "by %s is deferred, and a refusal of its first request that arrives is final",
    async (fault) => {
      processor.fail(fault);
      const { payment } = await payBy("no-such-method");
      expect(operationStates()).toEqual(["deferred"]);
      clock.advance(LEASE_MS);
      await drive();
      expect([operationStates(), (await stateOf(payment.id)).status]).toEqual([["declined"], "failed"]);
    },
  );

  it("with one expired lease that two drivers hold is sent twice with one key, and charged once", async () => {
    processor.fail("request-lost");
    const { payment } = await pay();
    clock.advance(LEASE_MS);
    const [first] = expectOk(await charges.claim("test", 1, LEASE_MS));
    clock.advance(LEASE_MS);
    const [second] = expectOk(await charges.claim("test", 1, LEASE_MS));
    expect(first?.operation.id).toBe(second?.operation.id);
    const results = await Promise.all([run.resume(first as TrackedOperation), run.resume(second as TrackedOperation)]);
    for (const result of results) expect(expectOk(result).state.status).toBe("succeeded");
    expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
    expect([charged(), processor.ledger.size]).toEqual([1_000n, 1]);
  });
});

describe("a capture", () => {
  it("takes a part, once", async () => {
    const { payment } = await payBy("approved", "manual");
    const result = expectOk(await change.capture(client.clientId, payment.id, 400n));
    expect(result.charge.state).toMatchObject({ status: "succeeded", amountCaptured: 400n });
    const again = await change.capture(client.clientId, payment.id, 600n);
    expect(expectError(again)).toEqual({ type: "payment-not-capturable", status: "succeeded" });
    expect(charged()).toBe(400n);
  });

  it("above the authorization is an error that names what is left", async () => {
    const { payment } = await payBy("approved", "manual");
    const result = await change.capture(client.clientId, payment.id, 1_001n);
    expect(expectError(result)).toEqual({ type: "amount-above-authorized", remaining: 1_000n });
  });

  it("excludes a cancellation while its outcome is unknown", async () => {
    const { payment } = await payBy("approved", "manual");
    processor.fail("response-lost");
    await change.capture(client.clientId, payment.id, null);
    const error = { type: "payment-not-cancelable", status: "authorized" };
    expect(expectError(await change.cancel(client.clientId, payment.id))).toEqual(error);
    clock.advance(LEASE_MS);
    await drive();
    expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
  });

  it("of another client's payment finds none", async () => {
    const { payment } = await payBy("approved", "manual");
    const result = await change.capture(liveClient.clientId, payment.id, null);
    expect(expectError(result)).toEqual({ type: "payment-not-found" });
  });

  it("waits until the processor has reported the payment", async () => {
    processor.fail("response-lost");
    const { payment } = await payBy("approved", "manual");
    const result = await change.capture(client.clientId, payment.id, null);
    expect(expectError(result)).toEqual({ type: "payment-not-capturable", status: "processing" });
  });
});

describe("a cancellation", () => {
  it.each(["approved", "needs-action"])("ends what is not captured, by %s", async (paymentMethod) => {
    const { payment } = await payBy(paymentMethod, "manual");
    const result = await change.cancel(client.clientId, payment.id);
    expect(expectOk(result).charge.state.status).toBe("canceled");
    const again = await change.capture(client.clientId, payment.id, null);
    expect(expectError(again).type).toBe("payment-not-capturable");
  });
});

describe("a change that the processor refuses, because another one came first", () => {
  /** What happened at the processor, which has not told of it yet. */
  const happens = async (id: PaymentId, fact: Pick<Fact, "type">) => {
    const { processorPayment } = expectOk(await charges.find(client.clientId, [id])).get(id) as Charge;
    const ledger = processor.ledger.get(processorPayment as ProcessorReference);
    if (ledger === undefined) throw new Error("The processor does not know the payment");
    ledger.open = false;
    ledger.facts.push({ ...ledger.facts[0], ...fact, reference: "object-of-another-change" } as Fact);
  };

  it("is no capture of a payment that was canceled", async () => {
    const { payment } = await payBy("approved", "manual");
    await happens(payment.id, { type: "canceled" });
    const result = await change.capture(client.clientId, payment.id, null);
    expect(expectError(result)).toEqual({ type: "payment-not-capturable", status: "canceled" });
  });

  it("is no cancellation of a payment that was captured", async () => {
    const { payment } = await payBy("approved", "manual");
    await happens(payment.id, { type: "captured" });
    const result = await change.cancel(client.clientId, payment.id);
    expect(expectError(result)).toEqual({ type: "payment-not-cancelable", status: "succeeded" });
    expect(await stateOf(payment.id)).toEqual({ status: "succeeded", captured: 1_000n });
  });
});

describe("a refund", () => {
  const refund = (id: PaymentId, amount: bigint | null) =>
    change.refund(client.clientId, id, amount, null).map(({ refund: made }) => made);

  it("takes parts, and no more than was captured", async () => {
    const { payment } = await pay();
    expect(expectOk(await refund(payment.id, 300n))).toMatchObject({
      status: "succeeded",
      paymentId: payment.id,
      money: { amount: 300n, currency: "EUR" },
    });
    expect(expectError(await refund(payment.id, 701n))).toEqual({
      type: "amount-above-captured",
      remaining: 700n,
    });
    expect(expectOk(await refund(payment.id, null))).toMatchObject({ money: { amount: 700n } });
    expect(expectError(await refund(payment.id, null))).toMatchObject({ remaining: 0n });
  });

  it("keeps its amount reserved while its outcome is unknown", async () => {
    const { payment } = await pay();
    processor.fail("request-lost");
    expect(expectOk(await refund(payment.id, 600n)).status).toBe("pending");
    expect(expectError(await refund(payment.id, 401n))).toEqual({
      type: "amount-above-captured",
      remaining: 400n,
    });
    clock.advance(LEASE_MS);
    await drive();
    const listed = expectOk(await charges.listRefunds(client.clientId, payment.id));
    expect(listed.map(({ status }) => status)).toEqual(["succeeded"]);
  });

  it("of ten at once takes no more than was captured", async () => {
    const { payment } = await pay();
    const results = await Promise.all(Array.from({ length: 10 }, () => refund(payment.id, 300n)));
    expect(results.filter((result) => result.isOk())).toHaveLength(3);
    expect([...processor.ledger.values()].map(({ refunded }) => refunded)).toEqual([900n]);
  });

  it("that fails later gives its amount back", async () => {
    const { payment } = await pay();
    const { id } = expectOk(await refund(payment.id, 1_000n));
    const reported = storage.facts.get(payment.id)?.find(({ type }) => type === "refund-succeeded");
    const fact = {
      ...aFact("refund-failed", "later", { ...euros(1_000), refundId: id }),
      reference: reported?.reference,
    };
    storage.facts.get(payment.id)?.push(fact as never);
    expect(expectOk(await charges.findRefund(client.clientId, id)).status).toBe("failed");
    expect(expectOk(await refund(payment.id, null)).money.amount).toBe(1_000n);
  });
});

describe("a change with an idempotency key", () => {
  const key = anIdempotencyKey("change-1");
  const refund = (id: PaymentId, amount: bigint | null = 300n, reason = "Returned") =>
    change.refund(client.clientId, id, amount, expectOk(parseRefundReason(reason)), key);

  it("is made once, and a repeated refund is the same one as it is now", async () => {
    const { payment } = await pay();
    processor.fail("request-lost");
    const first = expectOk(await refund(payment.id));
    expect(first).toMatchObject({ replayed: false, refund: { status: "pending", money: { amount: 300n } } });
    clock.advance(LEASE_MS);
    await drive();
    const second = expectOk(await refund(payment.id));
    expect(second).toEqual({ replayed: true, refund: { ...first.refund, status: "succeeded" } });
    expect([...processor.ledger.values()].map(({ refunded }) => refunded)).toEqual([300n]);
  });

  it("is made once by ten requests at the same time", async () => {
    const { payment } = await pay();
    const made = (await Promise.all(Array.from({ length: 10 }, () => refund(payment.id)))).map(expectOk);
    expect(new Set(made.map((one) => one.refund.id)).size).toBe(1);
    expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect([...processor.ledger.values()].map(({ refunded }) => refunded)).toEqual([300n]);
  });

  it("is an error for another amount, reason, kind or payment, and changes nothing", async () => {
    const [{ payment }, { payment: other }] = [await pay(), await payBy("approved", "manual")];
    expectOk(await refund(payment.id));
    const reused = { type: "idempotency-key-reused" };
    expect(expectError(await refund(payment.id, 301n))).toEqual(reused);
    expect(expectError(await refund(payment.id, null))).toEqual(reused);
    expect(expectError(await refund(payment.id, 300n, "Broken"))).toEqual(reused);
    expect(expectError(await change.capture(client.clientId, other.id, null, key))).toEqual(reused);
    expect(expectError(await change.cancel(client.clientId, other.id, key))).toEqual(reused);
    expect(await stateOf(other.id)).toEqual({ status: "authorized", captured: 0n });
  });

  it("captures once, and a repeated request returns the charge as it is now", async () => {
    const { payment } = await payBy("approved", "manual");
    const capture = () => change.capture(client.clientId, payment.id, 400n, key);
    expect(expectOk(await capture())).toMatchObject({ replayed: false, charge: { state: { amountCaptured: 400n } } });
    expectOk(await change.refund(client.clientId, payment.id, 100n, null));
    expect(expectOk(await capture())).toMatchObject({
      replayed: true,
      charge: { state: { amountCaptured: 400n, amountRefunded: 100n } },
    });
  });

  it("cancels once, and a repeated request returns the canceled charge", async () => {
    const { payment } = await payBy("approved", "manual");
    const cancel = async () => expectOk(await change.cancel(client.clientId, payment.id, key));
    expect([(await cancel()).replayed, (await cancel()).replayed]).toEqual([false, true]);
  });

  it("may be sent again after a refusal, which stores nothing", async () => {
    const { payment } = await payBy("approved", "manual");
    expect(expectError(await refund(payment.id)).type).toBe("payment-not-refundable");
    expectOk(await change.capture(client.clientId, payment.id, null));
    expect(expectOk(await refund(payment.id)).replayed).toBe(false);
  });
});

describe("a payment method", () => {
  it.each(["pm_card_visa", "tok_1-A", "a".repeat(255)])("may be %s", (raw) => {
    expect(expectOk(parsePaymentMethod(raw))).toBe(raw);
  });

  it.each(["", "a".repeat(256), "pm card", "4242424242424242", "4242-4242-4242-4242", "tok_4242424242424242", "é"])(
    "can't be %j",
    (raw) => {
      expect(expectError(parsePaymentMethod(raw)).detail).toBe(
        "must be a token that the processor issued, such as pm_card_visa, and never a card number",
      );
    },
  );
});

describe("a return URL", () => {
  it.each([
    "https://shop.example",
    "https://shop.example:8443/done?order=1#top",
    "https://[::1]/",
    "https://shop.example/\u{1f600}",
  ])("may be %s", (raw) => {
    expect(expectOk(parseReturnUrl(raw))).toBe(raw);
  });

  it.each([
    "",
    "http://shop.example",
    "https://",
    "https:///path",
    "https://user:secret@shop.example",
    "https://shop.example/a b",
    "javascript:alert(1)",
    " https://shop.example",
    "https://shop.example\\@evil.example",
    "https://shop.example/\u0000",
    "https://shop.example/\ud800",
    "https://shop\u0007.example",
    `https://shop.example/${"a".repeat(2_048)}`,
  ])("can't be %j", (raw) => {
    expect(expectError(parseReturnUrl(raw)).detail).toBe("must be an https URL of at most 2048 characters");
  });
});
