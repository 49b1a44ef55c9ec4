import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  FAILURES_TO_OPEN,
  IsolatedProcessor,
  type Operation,
  type OperationReport,
  type PaymentProcessor,
  type ProcessorAccount,
  type ProcessorCall,
  type ProcessorError,
} from "@payments/domain";
import {
  aReference,
  expectError,
  expectOk,
  FixedClock,
  InMemoryPaymentProcessor,
  operationsIn,
  paymentProcessorContract,
  SequentialIds,
} from "@payments/domain/testing";
import { ok, type Result, ResultAsync } from "neverthrow";

const LIMITS = { maximumInFlight: 4, maximumInFlightPerAccount: 2 };

paymentProcessorContract(async () => {
  const clock = new FixedClock();
  return {
    processor: new IsolatedProcessor(new InMemoryPaymentProcessor("test", clock), clock, {
      maximumInFlight: 64,
      maximumInFlightPerAccount: 64,
    }),
    paymentMethods: { approved: "approved", declined: "declined", needsAction: "needs-action" },
    settle: async () => {},
  };
});

type Answer = (result: Result<OperationReport, ProcessorError>) => void;

/** Hangs until the test answers. */
class HangingProcessor extends InMemoryPaymentProcessor<"test"> {
  readonly waiting: { readonly operation: Operation<"test">; readonly answer: Answer }[] = [];

  override execute(operation: Operation<"test">): ReturnType<PaymentProcessor<"test">["execute"]> {
    return new ResultAsync(new Promise((answer) => this.waiting.push({ operation, answer })));
  }

  /** Executes all hanging operations. */
  async release(): Promise<void> {
    for (const { operation, answer } of this.waiting.splice(0)) answer(ok(expectOk(await super.execute(operation))));
  }
}

let clock: FixedClock;
let calls: ProcessorCall[];
const ids = new SequentialIds();
const operations = operationsIn("test", () => ids.next());
const charge = (account: string | null = null) => ({
  ...operations.authorize("approved", "automatic"),
  account: account as ProcessorAccount | null,
});
beforeEach(() => {
  clock = new FixedClock();
  calls = [];
});
const isolate = <P extends PaymentProcessor<"test">>(processor: P) =>
  new IsolatedProcessor(processor, clock, LIMITS, (call) => calls.push(call));

describe("a hanging processor", () => {
  let hanging: HangingProcessor;
  let isolated: IsolatedProcessor<"test">;
  beforeEach(() => {
    hanging = new HangingProcessor("test", clock);
    isolated = isolate(hanging);
  });

  it("gets no more calls than the bound, and the others are deferred at once", async () => {
    const accepted = Array.from({ length: 4 }, () => isolated.execute(charge()));
    expect(isolated.freeCalls()).toBe(0);
    expect(expectError(await isolated.execute(charge()))).toEqual({ type: "rate-limited", retryAfterMs: 1_000 });
    expect(hanging.waiting).toHaveLength(4);
    expect(isolated.status().inFlight).toBe(4);
    await hanging.release();
    for (const result of await Promise.all(accepted)) expect(expectOk(result).outcome).toBe("succeeded");
    expect([isolated.freeCalls(), isolated.status().inFlight]).toEqual([4, 0]);
  });

  it("is bounded per connected account, so that the others are served", async () => {
    const first = [isolated.execute(charge("acct_1")), isolated.execute(charge("acct_1"))];
    expect(expectError(await isolated.execute(charge("acct_1")))).toEqual({
      type: "rate-limited",
      retryAfterMs: 5_000,
    });
    const other = isolated.execute(charge("acct_2"));
    const platform = isolated.execute(charge());
    expect(hanging.waiting).toHaveLength(4);
    await hanging.release();
    for (const result of await Promise.all([...first, other, platform])) expect(result.isOk()).toBe(true);
    const again = isolated.execute(charge("acct_1"));
    await hanging.release();
    expect((await again).isOk()).toBe(true);
  });

  it("is also bounded for searches", async () => {
    void Array.from({ length: 4 }, () => isolated.execute(charge()));
    expect(expectError(await isolated.find(charge())).type).toBe("rate-limited");
    expect(expectError(await isolated.retrieve(aReference("pi_1"), null)).type).toBe("rate-limited");
  });

  it("frees the place of a call that throws", async () => {
    hanging.execute = () => {
      throw new RangeError("a bug");
    };
    await expect(isolated.execute(charge())).rejects.toThrow("a bug");
    expect(isolated.status().inFlight).toBe(0);
  });
});

describe("a processor that does not answer", () => {
  const fail = async (processor: InMemoryPaymentProcessor<"test">, isolated: IsolatedProcessor<"test">) => {
    processor.fail(...Array.from({ length: FAILURES_TO_OPEN }, () => "request-lost" as const));
    for (let count = 0; count < FAILURES_TO_OPEN; count++) await isolated.execute(charge());
  };

  it.each(["request-lost", "response-lost", "not-sent"] as const)("by %s is not called any more", async (fault) => {
    const processor = new InMemoryPaymentProcessor("test", clock);
    const isolated = isolate(processor);
    processor.fail(...Array.from({ length: FAILURES_TO_OPEN }, () => fault));
    for (let count = 0; count < FAILURES_TO_OPEN; count++) await isolated.execute(charge());
    const { size } = processor.ledger;
    expect(isolated.status().breaker).toBe("open");
    expect(expectError(await isolated.execute(charge())).type).toBe("rate-limited");
    expect([processor.ledger.size, isolated.freeCalls()]).toEqual([size, 0]);
  });

  it("is called again, first by one probe and then by all", async () => {
    const processor = new InMemoryPaymentProcessor("test", clock);
    const isolated = isolate(processor);
    await fail(processor, isolated);
    clock.advance(1_000);
    expect(isolated.freeCalls()).toBe(1);
    const [probe, second] = await Promise.all([isolated.execute(charge()), isolated.execute(charge())]);
    expect([probe?.isOk(), second?.isOk()]).toEqual([true, false]);
    expect(isolated.status().breaker).toBe("closed");
    expect((await isolated.execute(charge())).isOk()).toBe(true);
  });

  it.each([
    ["a decline", () => operations.authorize("declined", "automatic")],
    ["a refusal", () => operations.authorize("no-such-method", "automatic")],
  ])("answers with %s", async (_, probe) => {
    const processor = new InMemoryPaymentProcessor("test", clock);
    const isolated = isolate(processor);
    await fail(processor, isolated);
    clock.advance(1_000);
    await isolated.execute(probe());
    expect(isolated.status().breaker).toBe("closed");
  });

  it("stays closed off when the probe fails as well", async () => {
    const processor = new InMemoryPaymentProcessor("test", clock);
    const isolated = isolate(processor);
    await fail(processor, isolated);
    clock.advance(1_000);
    processor.fail("request-lost");
    await isolated.execute(charge());
    expect([isolated.status().breaker, isolated.freeCalls()]).toEqual(["open", 0]);
  });
});

it("a refused operation is reported with the reason", async () => {
  const operation = operations.authorize("no-such-method", "automatic");
  await isolate(new InMemoryPaymentProcessor("test", clock)).execute(operation);
  expect(calls).toMatchObject([{ outcome: "refused", refusal: { operation, detail: "no such method" } }]);
});

it("each call is reported with its outcome and duration", async () => {
  const processor = new InMemoryPaymentProcessor("test", clock);
  const isolated = isolate(processor);
  processor.fail("rate-limited");
  await isolated.execute(charge());
  const operation = operations.authorize("declined", "automatic");
  expect(expectOk(await isolated.find(operation))).toBeNull();
  const { payment } = expectOk(await isolated.execute(operation));
  await isolated.retrieve(payment, null);
  await isolated.retrieve(aReference("no-such-payment"), null);
  expect(calls.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ["authorize", "rate-limited"],
    ["authorize", "not-found"],
    ["authorize", "declined"],
    ["retrieve", "retrieved"],
    ["retrieve", "not-found"],
  ]);
  const hanging = new HangingProcessor("test", clock);
  const slow = isolate(hanging).execute(charge());
  clock.advance(250);
  await hanging.release();
  await slow;
  expect(calls.at(-1)).toEqual({
    processor: "in-memory",
    mode: "test",
    kind: "authorize",
    outcome: "succeeded",
    durationMs: 250,
  });
});
