import { beforeEach, describe, expect, it } from "@jest/globals";
import { Metrics } from "@payments/adapters-http";
import {
  type AnyAuthorization,
  type Charge,
  type ChargeRepository,
  type Fact,
  rehydrateCharge,
} from "@payments/domain";
import { aFact, aReference, euros, expectOk, operationsIn, SequentialIds } from "@payments/domain/testing";
import { okAsync } from "neverthrow";
import { pino } from "pino";
import { observedCharges, ProcessorObserver } from "../src/observability/processor-observer.ts";

const ids = new SequentialIds();
const authorization: AnyAuthorization = operationsIn("test", () => ids.next()).authorize("pm_card_visa", "manual");
const { clientId, paymentId } = authorization;

let metrics: Metrics;
let lines: Record<string, unknown>[];
let stored: Fact[];
let charges: ChargeRepository;
let observer: ProcessorObserver;

beforeEach(() => {
  metrics = new Metrics();
  lines = [];
  stored = [];
  const store = (facts: readonly Fact[]): Charge => {
    stored.push(...facts);
    return rehydrateCharge(authorization, aReference("pi_1"), stored);
  };
  const stub = {
    settle: (_: unknown, { facts }: { readonly facts: readonly Fact[] }) => okAsync(store(facts)),
    report: (_: unknown, __: unknown, { facts }: { readonly facts: readonly Fact[] }) => okAsync(store(facts)),
  } as unknown as ChargeRepository;
  const logger = pino({ level: "info" }, { write: (line) => lines.push(JSON.parse(line)) });
  observer = new ProcessorObserver(metrics, logger);
  charges = observedCharges(stub, observer);
});

const settle = async (...facts: readonly Fact[]) => {
  const settlement = { state: "succeeded", retryInMs: null, processorPayment: null, facts } as const;
  return expectOk(await charges.settle(authorization, settlement, null));
};
const report = async (...facts: readonly Fact[]) =>
  expectOk(await charges.report(clientId, paymentId, { payment: aReference("pi_1"), facts }));
const counted = async (reason: string): Promise<number> => {
  const text = await metrics.registry.getSingleMetricAsString("payment_discrepancies_total");
  return Number(new RegExp(`reason="${reason}"} (\\d+)`).exec(text)?.[1]);
};
const authorized = aFact("authorized", "auth", euros(1_000));

describe("what a processor reports", () => {
  it("is no line and no count while it agrees with the payment", async () => {
    await settle(authorized);
    await report(aFact("captured", "capture", euros(1_000)));
    expect(lines).toEqual([]);
    expect(await counted("contradicted")).toBe(0);
  });

  it.each(["settle", "report"])("is logged with the payment's id and counted if it contradicts it: %s", async (way) => {
    await settle(authorized);
    const wrong = aFact("captured", "capture", { money: { ...euros(1_000).money, currency: "USD" as never } });
    await (way === "settle" ? settle(wrong) : report(wrong));
    expect(lines).toMatchObject([
      { level: 50, event: "payment-discrepancy", clientId, paymentId, reason: "wrong-currency", reported: "captured" },
    ]);
    expect(await counted("wrong-currency")).toBe(1);
  });

  it("is not reported again with the next facts", async () => {
    await settle(aFact("authorized", "auth", euros(999)));
    await report(authorized);
    expect(await counted("wrong-amount")).toBe(1);
  });

  it("is no contradiction yet when a notification comes before the one that it depends on", async () => {
    await report(aFact("captured", "capture", euros(1_000)));
    expect(lines).toEqual([]);
    expect((await settle(authorized)).state).toMatchObject({ status: "succeeded", discrepancies: [] });
    expect(lines).toEqual([]);
  });

  it("is counted if a notification says that more was captured than authorized", async () => {
    await settle(authorized);
    await report(authorized, aFact("captured", "capture", euros(5_000)));
    expect(lines).toMatchObject([{ event: "payment-discrepancy", reason: "above-authorized", reported: "captured" }]);
    expect(await counted("above-authorized")).toBe(1);
  });

  it("is counted if a notification says that more was captured than the payment's amount, in any order", async () => {
    await report(aFact("captured", "capture", euros(1_001)));
    expect(await counted("above-authorized")).toBe(1);
  });

  it("is counted if a second authorization is reported", async () => {
    await settle(authorized);
    await report(aFact("authorized", "other", euros(1_000)));
    expect(await counted("above-payment")).toBe(1);
  });

  it.each([
    ["re_1", "re_2"],
    ["re_2", "re_1"],
  ])("is counted if refunds %s and then %s exceed the captured amount", async (first, second) => {
    const refunded = (reference: string) => aFact("refund-succeeded", reference, { ...euros(600), refundId: null });
    await settle(authorized, aFact("captured", "capture", euros(1_000)));
    await report(refunded(first));
    expect(await counted("above-captured")).toBe(0);
    await report(refunded(second));
    expect(await counted("above-captured")).toBe(1);
  });

  it("is counted if a refund came before the capture, and is above it", async () => {
    await settle(authorized);
    await report(aFact("refund-succeeded", "re_1", { ...euros(600), refundId: null }));
    expect(await counted("above-captured")).toBe(0);
    await report(aFact("captured", "capture", euros(500)));
    expect(await counted("above-captured")).toBe(1);
  });

  it("is reported also if a fact that comes too early has the same reference", async () => {
    await report(aFact("authorized", "charge", euros(5_000)), aFact("captured", "charge", euros(5_000)));
    expect(await counted("wrong-amount")).toBe(1);
  });
});

it("logs why a processor refused an operation, and of which payment, without the token", () => {
  const call = { processor: "stripe", mode: "test", kind: "authorize", durationMs: 1 } as const;
  observer.called({ ...call, outcome: "declined" });
  expect(lines).toEqual([]);
  const detail = "Stripe: account_invalid";
  observer.called({ ...call, outcome: "refused", refusal: { operation: authorization, detail } });
  expect(lines).toMatchObject([
    { level: 40, event: "processor-refused", clientId, paymentId, operationId: authorization.id, detail },
  ]);
  expect(JSON.stringify(lines)).not.toContain("pm_card_visa");
});
