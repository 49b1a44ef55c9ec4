import {
  type Currency,
  type Fact,
  type FactOf,
  type FactType,
  type FailureCode,
  type PaymentTerms,
  type ProcessorAccount,
  type ProcessorReference,
  parseProcessorReference,
  type RefundId,
} from "@payments/domain";
import fc from "fast-check";
import { expectOk } from "../shared/result.ts";

const EUR = "EUR" as Currency;

/** The terms of a payment of 1,000 that the processor was asked to authorize; say only what the test is about. */
export const someTerms = (fields: Partial<PaymentTerms> = {}): PaymentTerms => ({
  money: { amount: 1_000n, currency: EUR },
  mode: "test",
  account: null,
  requested: true,
  ...fields,
});

export const aReference = (reference: string): ProcessorReference => expectOk(parseProcessorReference(reference));

type Details<Type extends FactType> = Omit<FactOf<Type>, "type" | "reference" | "mode" | "account" | "occurredAt">;

/** A fact about a payment with the terms of `someTerms`, at a number of seconds after noon. */
export const aFact = <Type extends FactType>(
  type: Type,
  reference: string,
  details: Details<Type>,
  second = 0,
): FactOf<Type> =>
  ({
    type,
    reference: aReference(reference),
    mode: "test",
    account: null,
    occurredAt: new Date(Date.UTC(2026, 0, 2, 12, 0, second)),
    ...details,
  }) as FactOf<Type>;

/** An amount of a fact in the currency of `someTerms`. */
export const euros = (amount: bigint | number): { readonly money: PaymentTerms["money"] } => ({
  money: { amount: BigInt(amount), currency: EUR },
});

const amount = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(1_000n, 400n, 600n, 1n) },
  { weight: 1, arbitrary: fc.bigInt({ min: -1n, max: 1_200n }) },
);
const currency = fc.constantFrom(...Array.from({ length: 19 }, () => EUR), "USD" as Currency);
const money = fc.record({ amount, currency });
const refundId = fc.constantFrom(null, "refund-1" as RefundId, "refund-2" as RefundId);
const code = fc.constantFrom<FailureCode[]>("card_declined", "insufficient_funds", "card_expired");
const action = fc.constantFrom(
  { type: "redirect", url: "https://bank.example/1" } as const,
  { type: "confirm", clientSecret: "secret-1" } as const,
);

const details: fc.Arbitrary<object> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("authorized"), money }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("captured"), money }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom("refund-pending", "refund-succeeded", "refund-failed"),
      money,
      refundId,
    }),
  },
  fc.record({ type: fc.constant("capture-failed"), money }),
  fc.record({ type: fc.constantFrom("canceled", "expired", "processing") }),
  fc.record({ type: fc.constant("declined"), code, final: fc.boolean() }),
  fc.record({ type: fc.constant("action-required"), action }),
  fc.record({ type: fc.constant("dispute-opened"), money }),
  fc.record({ type: fc.constant("dispute-closed"), money, outcome: fc.constantFrom("won", "lost") }),
);

const origin = fc.record({
  reference: fc.constantFrom("a", "b", "c").map(aReference),
  mode: fc.constantFrom(...Array.from({ length: 19 }, () => "test"), "live"),
  account: fc.constantFrom(...Array.from({ length: 19 }, () => null), "acct_other" as ProcessorAccount),
  occurredAt: fc.integer({ min: 0, max: 3 }).map((second) => new Date(Date.UTC(2026, 0, 2, 12, 0, second))),
});

/** Any fact, with few references, amounts and times, so that facts often meet and contradict each other. */
export const anyFact: fc.Arbitrary<Fact> = fc
  .tuple(origin, details)
  .map(([one, other]) => ({ ...one, ...other }) as Fact);

const parts = (name: string, types: readonly FactType[], more: object) =>
  fc
    .array(
      fc.record({ part: fc.integer({ min: 1, max: 1_000 }), reported: fc.subarray([...types], { minLength: 1 }) }),
      { maxLength: 3 },
    )
    .map((items) =>
      items.flatMap(({ part, reported }, index) =>
        reported.map(
          (type) => ({ ...aFact("captured", `${name}-${index}`, euros(part), index), ...more, type }) as Fact,
        ),
      ),
    );

/** The facts of one payment that is authorized, captured, refunded and disputed, with amounts that may not fit. */
export const chargedHistory: fc.Arbitrary<readonly Fact[]> = fc
  .tuple(
    fc.constantFrom<Fact[][]>(
      [aFact("authorized", "auth", euros(1_000))],
      [aFact("authorized", "auth", euros(1_000)), aFact("authorized", "auth-2", euros(1_000))],
      [aFact("declined", "try", { code: "card_declined", final: false }), aFact("authorized", "auth", euros(1_000), 2)],
    ),
    parts("capture", ["captured", "capture-failed"], {}),
    parts("refund", ["refund-pending", "refund-succeeded", "refund-failed"], { refundId: null }),
    parts("dispute", ["dispute-opened"], {}),
    fc.subarray([aFact("canceled", "cancel", {}), aFact("expired", "expiry", {}), aFact("processing", "try", {})]),
  )
  .map((groups) => groups.flat());
