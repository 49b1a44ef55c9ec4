import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type BalanceTransactions,
  type Fact,
  type Mode,
  movementOf,
  type PaymentProcessor,
  type Period,
} from "@payments/domain";
import { SequentialIds } from "../shared/clock-and-ids.ts";
import { expectOk } from "../shared/result.ts";
import { aReference } from "./facts.ts";
import { operationsIn } from "./operations.ts";

export interface BalanceSetUp<M extends Mode> {
  readonly processor: PaymentProcessor<M>;
  readonly balance: BalanceTransactions<M>;
  readonly paymentMethods: { readonly approved: string; readonly declined: string };
  /** Of a movement at another processor. */
  readonly foreignReference: string;
  /** Contains the time at which the test calls the processor. */
  readonly period: Period;
}

/** What every `BalanceTransactions` promises. `setUp` gives an empty record before each test. */
export const balanceTransactionsContract = <M extends Mode>(setUp: () => Promise<BalanceSetUp<M>>): void =>
  describe("BalanceTransactions", () => {
    let given: BalanceSetUp<M>;
    let charge: Fact[];
    beforeEach(async () => {
      given = await setUp();
      const { processor, paymentMethods } = given;
      const ids = new SequentialIds();
      const operations = operationsIn(processor.mode, () => ids.next());
      const paid = expectOk(await processor.execute(operations.authorize(paymentMethods.approved, "automatic")));
      await processor.execute(operations.authorize(paymentMethods.approved, "manual"));
      await processor.execute(operations.authorize(paymentMethods.declined, "automatic"));
      const refund = expectOk(await processor.execute(operations.refund(paid.payment, 300)));
      charge = [...paid.facts, ...refund.facts];
    });

    const listed = async (period: Period) => expectOk(await given.balance.list(period));

    it("lists the money that moved, each movement once, with the references of the facts", async () => {
      const movements = await listed(given.period);
      expect(movements.map(({ kind, money }) => [kind, money.amount])).toEqual(
        expect.arrayContaining([
          ["capture", 1_000n],
          ["refund", 300n],
        ]),
      );
      const expected = charge.flatMap((fact) => movementOf(fact) ?? []);
      expect(movements).toHaveLength(expected.length);
      expect(movements).toEqual(expect.arrayContaining(expected));
    });

    it("knows the references of its own movements, and none of another processor", () => {
      const references = charge.filter((fact) => movementOf(fact) !== null).map(({ reference }) => reference);
      expect(references.map((reference) => given.balance.isOwn(reference))).toEqual([true, true]);
      expect(given.balance.isOwn(aReference(given.foreignReference))).toBe(false);
    });

    it("lists nothing of another time", async () => {
      const { from, to } = given.period;
      const lengthMs = to.getTime() - from.getTime();
      for (const [start, end] of [
        [new Date(from.getTime() - lengthMs), from],
        [to, new Date(to.getTime() + lengthMs)],
      ] as const) {
        expect(await listed({ from: start, to: end })).toEqual([]);
      }
    });
  });
