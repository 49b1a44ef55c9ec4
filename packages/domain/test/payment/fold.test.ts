import { describe, expect, it } from "@jest/globals";
import {
  type Currency,
  type Fact,
  fingerprintOf,
  foldPayment,
  type PaymentState,
  type ProcessorAccount,
  type RefundId,
} from "@payments/domain";
import { aFact, anyFact, chargedHistory, euros, someTerms } from "@payments/domain/testing";
import fc from "fast-check";

const authorized = aFact("authorized", "auth", euros(1_000));
const captured = aFact("captured", "capture", euros(1_000), 1);
const canceled = aFact("canceled", "cancel", {}, 2);
const expired = aFact("expired", "expiry", {}, 2);
const processing = aFact("processing", "try-1", {});
const redirect = { type: "redirect", url: "https://bank.example/1" } as const;
const actionRequired = aFact("action-required", "try-1", { action: redirect });
const confirmable = aFact("action-required", "pi-1", { action: { type: "confirm", clientSecret: "secret" } });
const declined = aFact("declined", "try-1", { code: "card_declined", final: false }, 3);
const failed = aFact("declined", "try-1", { code: "insufficient_funds", final: true }, 3);
const refund = (type: "refund-pending" | "refund-succeeded" | "refund-failed", amount: number, name = "refund") =>
  aFact(type, name, { ...euros(amount), refundId: "refund-1" as RefundId });

const fold = (...facts: Fact[]): PaymentState => foldPayment(someTerms(), facts);
const reasonsOf = ({ discrepancies }: PaymentState) =>
  discrepancies.map(({ reason, fact }) => `${reason} ${fact.type} ${fact.reference}`);

describe("the status", () => {
  it.each<[string, Fact[], string]>([
    ["processing without a fact, since the processor was asked", [], "processing"],
    ["authorized", [authorized], "authorized"],
    ["succeeded once something was captured", [authorized, aFact("captured", "part", euros(1))], "succeeded"],
    [
      "authorized again if the only capture failed",
      [authorized, captured, { ...captured, type: "capture-failed" }],
      "authorized",
    ],
    ["canceled before the authorization", [canceled], "canceled"],
    ["canceled when the authorization is canceled", [authorized, canceled], "canceled"],
    ["canceled rather than expired", [authorized, expired, canceled], "canceled"],
    ["expired when the authorization ends unused", [authorized, expired], "expired"],
    ["succeeded when the rest is canceled after a capture", [authorized, captured, canceled, expired], "succeeded"],
    ["failed after a final decline", [actionRequired, failed], "failed"],
    [
      "requires_action after a final decline while a payer holds the client secret",
      [confirmable, failed],
      "requires_action",
    ],
    ["authorized when another attempt succeeds after a decline", [declined, authorized], "authorized"],
    ["requires_action while the payer must act", [actionRequired], "requires_action"],
    ["requires_action when the payer may try again", [declined], "requires_action"],
    ["processing while an attempt runs", [actionRequired, processing], "processing"],
    [
      "requires_action when the running attempt was declined",
      [actionRequired, processing, declined],
      "requires_action",
    ],
    ["processing while a second attempt runs", [declined, aFact("processing", "try-2", {})], "processing"],
  ])("is %s", (_, facts, status) => {
    expect(fold(...facts)).toMatchObject({ status, discrepancies: [] });
  });

  it("is created where the processor was not asked", () => {
    expect(foldPayment(someTerms({ requested: false }), [])).toEqual({
      status: "created",
      amountAuthorized: 0n,
      amountCaptured: 0n,
      amountRefunded: 0n,
      amountDisputed: 0n,
      refunds: [],
      disputes: [],
      nextAction: null,
      failure: null,
      discrepancies: [],
    });
  });
});

describe("the next action and the failure", () => {
  it("come with requires_action", () => {
    expect(fold(actionRequired)).toMatchObject({ nextAction: redirect, failure: null });
    expect(fold(actionRequired, declined)).toMatchObject({ nextAction: redirect, failure: "card_declined" });
  });

  it("are the latest ones by the processor's time", () => {
    const retry = aFact("action-required", "try-2", { action: { type: "confirm", clientSecret: "secret" } }, 4);
    const secondDecline = aFact("declined", "try-2", { code: "card_expired", final: false }, 5);
    expect(fold(secondDecline, retry, declined, actionRequired)).toMatchObject({
      nextAction: { type: "confirm", clientSecret: "secret" },
      failure: "card_expired",
    });
  });

  it("follow the processor's time, not the order of the references", () => {
    const earlier = aFact("declined", "try-9", { code: "card_expired", final: false }, 1);
    const action = { type: "redirect", url: "https://bank.example/9" } as const;
    const earlierAction = aFact("action-required", "try-9", { action }, -1);
    expect(fold(actionRequired, declined, earlier, earlierAction)).toMatchObject({
      nextAction: redirect,
      failure: "card_declined",
    });
  });

  it("are the final decline alone once the payment failed", () => {
    const late = aFact("declined", "try-0", { code: "card_expired", final: false }, 9);
    expect(fold(actionRequired, failed, late)).toMatchObject({
      status: "failed",
      nextAction: null,
      failure: "insufficient_funds",
    });
  });

  it.each([[[authorized]], [[authorized, captured]], [[canceled]], [[expired]]])(
    "are gone with any other status",
    (facts) => {
      expect(fold(actionRequired, declined, ...facts)).toMatchObject({ nextAction: null, failure: null });
    },
  );
});

describe("the amounts", () => {
  it("add up captures, refunds and disputes", () => {
    const state = fold(
      authorized,
      aFact("captured", "one", euros(300)),
      aFact("captured", "two", euros(500)),
      refund("refund-succeeded", 100, "r1"),
      refund("refund-succeeded", 50, "r2"),
      aFact("dispute-opened", "d1", euros(70)),
    );
    expect(state).toMatchObject({
      status: "succeeded",
      amountAuthorized: 1_000n,
      amountCaptured: 800n,
      amountRefunded: 150n,
      amountDisputed: 70n,
      disputes: [{ reference: "d1", amount: 70n, status: "open" }],
      discrepancies: [],
    });
    expect(state.refunds).toEqual([
      { reference: "r1", refundId: "refund-1", amount: 100n, status: "succeeded" },
      { reference: "r2", refundId: "refund-1", amount: 50n, status: "succeeded" },
    ]);
  });

  it.each([
    [["refund-pending"], "pending", 0n],
    [["refund-pending", "refund-succeeded"], "succeeded", 400n],
    [["refund-succeeded", "refund-failed"], "failed", 0n],
    [["refund-failed", "refund-pending"], "failed", 0n],
  ] as const)("of a refund with %j make it %s", (types, status, amountRefunded) => {
    expect(fold(authorized, captured, ...types.map((type) => refund(type, 400)))).toMatchObject({
      amountRefunded,
      refunds: [{ reference: "refund", amount: 400n, status }],
      discrepancies: [],
    });
  });

  it("count a dispute of a fully refunded payment, until it is won", () => {
    const facts = [
      authorized,
      captured,
      refund("refund-succeeded", 1_000),
      aFact("dispute-opened", "d1", euros(1_000)),
    ];
    const closed = (outcome: "won" | "lost") => aFact("dispute-closed", "d1", { ...euros(1_000), outcome }, 9);
    expect(fold(...facts)).toMatchObject({ amountRefunded: 1_000n, amountDisputed: 1_000n, discrepancies: [] });
    expect(fold(...facts, closed("lost"))).toMatchObject({ amountDisputed: 1_000n, disputes: [{ status: "lost" }] });
    expect(fold(...facts, closed("won"))).toMatchObject({ amountDisputed: 0n, disputes: [{ status: "won" }] });
    expect(fold(authorized, captured, closed("won"))).toMatchObject({ amountDisputed: 0n, discrepancies: [] });
  });
});

describe("a discrepancy", () => {
  const live = someTerms({ mode: "live" });
  const onAccount = someTerms({ account: "acct_1" as ProcessorAccount });
  const inYen = someTerms({ money: { amount: 1_000n, currency: "JPY" as Currency } });

  it.each([
    ["wrong-mode", live],
    ["wrong-account", onAccount],
    ["wrong-currency", inYen],
    ["wrong-amount", someTerms({ money: { ...authorized.money, amount: 1_001n } })],
    ["wrong-amount", someTerms({ money: { ...authorized.money, amount: 999n } })],
  ])("is %s", (reason, terms) => {
    expect(foldPayment(terms, [authorized])).toMatchObject({
      status: "processing",
      amountAuthorized: 0n,
      discrepancies: [{ reason, fact: authorized }],
    });
  });

  it.each([0, -1])("is a capture, a refund and a dispute of %d", (amount) => {
    const state = fold(
      authorized,
      captured,
      aFact("captured", "c", euros(amount)),
      refund("refund-succeeded", amount, "r"),
      aFact("dispute-opened", "d", euros(amount)),
    );
    expect(state).toMatchObject({ amountCaptured: 1_000n, amountRefunded: 0n, amountDisputed: 0n });
    expect(reasonsOf(state)).toEqual([
      "wrong-amount captured c",
      "wrong-amount dispute-opened d",
      "wrong-amount refund-succeeded r",
    ]);
  });

  it("of another payment does not spoil the fact with the same reference that agrees", () => {
    const foreign = aFact("authorized", "auth", { money: { amount: 1_000n, currency: "USD" as Currency } });
    const state = fold(foreign, authorized);
    expect(state.status).toBe("authorized");
    expect(reasonsOf(state)).toEqual(["wrong-currency authorized auth"]);
  });

  it("is a second authorization", () => {
    const state = fold(authorized, aFact("authorized", "auth-2", euros(1_000)));
    expect(state.amountAuthorized).toBe(1_000n);
    expect(reasonsOf(state)).toEqual(["above-payment authorized auth-2"]);
  });

  it("is a capture above what was authorized, or before it", () => {
    const state = fold(authorized, aFact("captured", "a", euros(600)), aFact("captured", "b", euros(401)));
    expect(state.amountCaptured).toBe(600n);
    expect(reasonsOf(state)).toEqual(["above-authorized captured b"]);
    expect(reasonsOf(fold(captured))).toEqual(["above-authorized captured capture"]);
    expect(reasonsOf(fold(captured, authorized))).toEqual([]);
  });

  it("is a refund above what was captured, with all that was reported of it", () => {
    const state = fold(
      authorized,
      aFact("captured", "capture", euros(500)),
      refund("refund-succeeded", 300, "r1"),
      refund("refund-pending", 201, "r2"),
      refund("refund-succeeded", 201, "r2"),
    );
    expect(state.amountRefunded).toBe(300n);
    expect(reasonsOf(state).sort()).toEqual(["above-captured refund-pending r2", "above-captured refund-succeeded r2"]);
  });

  it("is a pending refund rather than one that succeeded", () => {
    const state = fold(
      authorized,
      captured,
      refund("refund-pending", 600, "r1"),
      refund("refund-succeeded", 600, "r2"),
    );
    expect(state.amountRefunded).toBe(600n);
    expect(reasonsOf(state)).toEqual(["above-captured refund-pending r1"]);
  });

  it("is a dispute above what was captured", () => {
    const state = fold(
      authorized,
      captured,
      aFact("dispute-opened", "d1", euros(600)),
      aFact("dispute-opened", "d2", euros(600)),
    );
    expect(state.amountDisputed).toBe(600n);
    expect(reasonsOf(state)).toEqual(["above-captured dispute-opened d2"]);
  });

  it.each<[string, Fact, Fact]>([
    ["two amounts of one capture", aFact("captured", "c", euros(1)), aFact("captured", "c", euros(2))],
    [
      "two amounts of one capture that failed",
      aFact("captured", "c", euros(1)),
      aFact("capture-failed", "c", euros(2)),
    ],
    ["two amounts of one refund", refund("refund-pending", 1), refund("refund-succeeded", 2)],
    [
      "one refund with two of our ids",
      refund("refund-pending", 1),
      { ...refund("refund-succeeded", 1), refundId: null },
    ],
    [
      "a dispute that was both won and lost",
      aFact("dispute-closed", "d", { ...euros(1), outcome: "won" }),
      aFact("dispute-closed", "d", { ...euros(1), outcome: "lost" }),
    ],
    [
      "two reasons of one decline",
      aFact("declined", "t", { code: "card_declined", final: false }),
      aFact("declined", "t", { code: "card_expired", final: false }),
    ],
    [
      "one decline that is and is not final",
      aFact("declined", "t", { code: "card_declined", final: false }),
      aFact("declined", "t", { code: "card_declined", final: true }),
    ],
    [
      "two actions with one reference",
      actionRequired,
      { ...actionRequired, action: { type: "confirm", clientSecret: "s" } },
    ],
    [
      "two addresses with one reference",
      actionRequired,
      { ...actionRequired, action: { type: "redirect", url: "https://bank.example/2" } },
    ],
  ])("is %s: neither counts", (_, one, other) => {
    const { discrepancies, ...rest } = fold(authorized, captured, one, other);
    expect(rest).toEqual({ ...fold(authorized, captured), discrepancies: undefined });
    expect(discrepancies.map(({ reason }) => reason)).toEqual(["contradicted", "contradicted"]);
  });

  it("does not end an open dispute: won and lost leave it open", () => {
    const close = (outcome: "won" | "lost") => aFact("dispute-closed", "d", { ...euros(9), outcome });
    expect(
      fold(authorized, captured, aFact("dispute-opened", "d", euros(9)), close("won"), close("lost")),
    ).toMatchObject({
      amountDisputed: 9n,
      disputes: [{ status: "open" }],
    });
  });

  it("is not the same fact at another time", () => {
    expect(fold(authorized, { ...authorized, occurredAt: new Date(0) })).toEqual(fold(authorized));
  });
});

describe("any history", () => {
  const RUNS = { numRuns: 5_000 };
  const history = fc.oneof(fc.array(anyFact, { maxLength: 14 }), chargedHistory);
  const terms = fc.boolean().map((requested) => someTerms({ requested }));

  it("folds to the same payment in every permutation, with any facts repeated", () => {
    const reordered = history.chain((facts) =>
      fc
        .array(fc.nat({ max: Math.max(facts.length - 1, 0) }), { maxLength: facts.length === 0 ? 0 : 10 })
        .chain((repeated) => {
          const all = [...facts, ...repeated.map((index) => facts[index] as Fact)];
          return fc.tuple(fc.constant(facts), fc.shuffledSubarray(all, { minLength: all.length }));
        }),
    );
    fc.assert(
      fc.property(terms, reordered, (given, [facts, shuffled]) => {
        expect(foldPayment(given, shuffled)).toEqual(foldPayment(given, facts));
      }),
      RUNS,
    );
  });

  it("folds to the same payment in all permutations of up to five facts", () => {
    const permutations = (facts: readonly Fact[]): Fact[][] =>
      facts.length < 2
        ? [[...facts]]
        : facts.flatMap((fact, at) => permutations(facts.toSpliced(at, 1)).map((rest) => [fact, ...rest]));
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 5 }), (facts) => {
        const expected = foldPayment(someTerms(), facts);
        for (const permutation of permutations(facts)) expect(foldPayment(someTerms(), permutation)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("captures no more than was authorized, and refunds and disputes no more than was captured", () => {
    fc.assert(
      fc.property(history, (facts) => {
        const state = foldPayment(someTerms(), facts);
        expect(state.amountAuthorized).toBeLessThanOrEqual(1_000n);
        expect(state.amountCaptured).toBeLessThanOrEqual(state.amountAuthorized);
        const reserved = state.refunds.reduce(
          (sum, { status, amount }) => sum + (status === "failed" ? 0n : amount),
          0n,
        );
        expect(reserved).toBeLessThanOrEqual(state.amountCaptured);
        expect(state.amountRefunded).toBeLessThanOrEqual(state.amountCaptured);
        expect(state.amountDisputed).toBeLessThanOrEqual(state.amountCaptured);
        for (const amount of [state.amountCaptured, state.amountRefunded, state.amountDisputed]) {
          expect(amount).toBeGreaterThanOrEqual(0n);
        }
      }),
      RUNS,
    );
  });

  it("never folds a discrepancy: the payment is the same without it", () => {
    fc.assert(
      fc.property(history, (facts) => {
        const { discrepancies, ...state } = foldPayment(someTerms(), facts);
        const left = new Set(discrepancies.map(({ fact }) => fingerprintOf(fact)));
        const rest = foldPayment(
          someTerms(),
          facts.filter((fact) => !left.has(fingerprintOf(fact))),
        );
        expect(rest).toEqual({ ...state, discrepancies: [] });
      }),
      RUNS,
    );
  });

  it("reports every fact that its amounts do not contain", () => {
    fc.assert(
      fc.property(history, (facts) => {
        const { discrepancies, amountCaptured } = foldPayment(someTerms(), facts);
        const left = new Set(discrepancies.map(({ fact }) => fingerprintOf(fact)));
        const kept = new Map(facts.map((fact) => [fingerprintOf(fact), fact]));
        for (const fingerprint of left) kept.delete(fingerprint);
        const failures = new Set(
          [...kept.values()].filter(({ type }) => type === "capture-failed").map(({ reference }) => reference),
        );
        const sum = [...kept.values()].reduce(
          (total, fact) =>
            fact.type === "captured" && !failures.has(fact.reference) ? total + fact.money.amount : total,
          0n,
        );
        expect(sum).toBe(amountCaptured);
      }),
      RUNS,
    );
  });
});
