import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type AuthenticatedClient,
  ChargePayment,
  type ClaimedOperation,
  FAILURES_TO_OPEN,
  IsolatedProcessor,
  type Operation,
  type OperationReport,
  type PaymentProcessor,
  type ProcessorError,
  parsePaymentMethod,
  RunOperation,
} from "@payments/domain";
import {
  aClient,
  anActor,
  euros,
  expectOk,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryChargeRepository,
  InMemoryClientRepository,
  InMemoryPaymentProcessor,
  InMemoryStorage,
  SeededApiKeys,
  SequentialIds,
} from "@payments/domain/testing";
import { type Result, ResultAsync } from "neverthrow";
import { pino } from "pino";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { until } from "../../../test/support/until.ts";
import { BackgroundWorker } from "../src/background/background-worker.ts";
import { operationsToContinue } from "../src/background/operations-to-continue.ts";

/** Counts calls, and hangs until `released` resolves. */
class ObservedProcessor extends InMemoryPaymentProcessor<"test"> {
  calls = 0;
  atOnce = 0;
  mostAtOnce = 0;
  released: Promise<unknown> = Promise.resolve();

  override execute(operation: Operation<"test">): ReturnType<PaymentProcessor<"test">["execute"]> {
    const executed = async (): Promise<Result<OperationReport, ProcessorError>> => {
      this.calls += 1;
      this.atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
      await this.released;
      this.atOnce -= 1;
      return super.execute(operation);
    };
    return new ResultAsync(executed());
  }
}

const using = undoAfterEach();
const clock = new FixedClock();
const ids = new SequentialIds();
const silent = pino({ level: "silent" });
let storage: InMemoryStorage;
let processor: ObservedProcessor;
let isolated: IsolatedProcessor<"test">;
let charges: InMemoryChargeRepository;
let run: RunOperation;
let charge: ChargePayment;
let client: AuthenticatedClient;
let release: () => void = () => {};

beforeEach(async () => {
  storage = new InMemoryStorage();
  charges = new InMemoryChargeRepository(storage, clock);
  processor = new ObservedProcessor("test", clock);
  isolated = new IsolatedProcessor(processor, clock, { maximumInFlight: 256, maximumInFlightPerAccount: 256 });
  run = new RunOperation({ live: null, test: isolated }, charges, clock);
  charge = new ChargePayment(charges, run, ids, clock);
  const apiKey = new SeededApiKeys().generate();
  expectOk(
    await new InMemoryClientRepository(storage, clock).create(
      aClient({ id: "client-1", mode: "test" }),
      apiKey,
      anActor,
      null,
    ),
  );
  client = expectOk(await new InMemoryApiKeyAuthenticator(storage, clock).authenticate(apiKey));
});

const pay = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index++) {
    const paymentMethod = expectOk(parsePaymentMethod("approved"));
    const { money } = euros(1_000);
    expectOk(
      await charge.execute({
        client,
        money,
        description: null,
        metadata: {} as never,
        idempotencyKey: null,
        paymentMethod,
        capture: "automatic",
        returnUrl: null,
      }),
    );
  }
};
const startDriver = (): BackgroundWorker<ClaimedOperation> => {
  const driver = new BackgroundWorker(operationsToContinue("test", charges, run, isolated), silent);
  driver.start();
  return using(driver, (started) => {
    release();
    return started.stop();
  });
};
/** Calls hang until `release`. */
const hang = (): void => {
  processor.released = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
};
const succeeded = () => storage.operations.filter(({ state }) => state === "succeeded").length;
const chargedOnce = () => [...processor.ledger.values()].every(({ captured }) => captured === 1_000n);

/** Opens the breaker, and stores as many payments more, which are deferred. */
const failAndDefer = async (deferred: number): Promise<void> => {
  processor.fail(...Array.from({ length: FAILURES_TO_OPEN }, () => "request-lost" as const));
  await pay(FAILURES_TO_OPEN + deferred);
  clock.advance(999);
};

describe("the driver of operations", () => {
  it("leaves operations alone while the breaker is open", async () => {
    await failAndDefer(200);
    const { calls } = processor;
    const leases = storage.operations.map(({ leaseEndsAt }) => leaseEndsAt);
    startDriver();
    await sleep(200);
    expect([calls, processor.calls]).toEqual([FAILURES_TO_OPEN, FAILURES_TO_OPEN]);
    expect(storage.operations.map(({ leaseEndsAt }) => leaseEndsAt)).toEqual(leases);
  });

  it("settles the backlog once the processor is back, no more than 128 at once, each charged once", async () => {
    await failAndDefer(1_000);
    clock.advance(10_000);
    startDriver();
    await until("all are settled", () => succeeded() === 1_000 + FAILURES_TO_OPEN, 10_000);
    expect([processor.ledger.size, chargedOnce()]).toEqual([1_000 + FAILURES_TO_OPEN, true]);
    expect(processor.mostAtOnce).toBeLessThanOrEqual(128);
    expect(processor.mostAtOnce).toBeGreaterThan(1);
    expect(isolated.status().breaker).toBe("closed");
  });

  it("claims no more operations than it continues, so that other processes can take the rest", async () => {
    processor.fail(...Array.from({ length: 200 }, () => "rate-limited" as const));
    await pay(200);
    clock.advance(10_000);
    hang();
    startDriver();
    await until("the driver is full", () => processor.atOnce === 128, 5_000);
    await sleep(100);
    expect(processor.atOnce).toBe(128);
    expect(expectOk(await charges.claim("test", 1_000, 60_000))).toHaveLength(72);
  });

  it("goes on with other operations while some hang", async () => {
    processor.fail(...Array.from({ length: 100 }, () => "rate-limited" as const));
    await pay(30);
    clock.advance(10_000);
    hang();
    startDriver();
    await until("thirty hang", () => processor.atOnce === 30, 5_000);
    processor.released = Promise.resolve();
    await pay(70);
    clock.advance(10_000);
    await until("the others are settled", () => succeeded() === 70, 5_000);
  });

  it("claims nothing after it is stopped, and waits for its calls in flight", async () => {
    processor.fail("rate-limited", "rate-limited");
    await pay(1);
    clock.advance(10_000);
    hang();
    const driver = startDriver();
    await until("one is in flight", () => processor.atOnce === 1, 5_000);
    let stopped = 0;
    const waits = [driver.stop(), run.finish()].map((wait) => wait.then(() => stopped++));
    await sleep(50);
    expect(stopped).toBe(0);
    release();
    await Promise.all(waits);
    expect([processor.atOnce, storage.operations[0]?.state]).toEqual([0, "deferred"]);
    clock.advance(10_000);
    await sleep(50);
    expect(processor.calls).toBe(2);
  });
});
