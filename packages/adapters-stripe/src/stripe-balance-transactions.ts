import {
  type BalanceTransactions,
  type Mode,
  type Movement,
  type Period,
  type ProcessorError,
  type ProcessorReference,
  rehydrateProcessorReference,
} from "@payments/domain";
import { ResultAsync } from "neverthrow";
import type Stripe from "stripe";
import { fromStripeAmount } from "./amounts.ts";
import { toProcessorError } from "./errors.ts";
import { connectToStripe, onAccount, type StripeAccess } from "./stripe-access.ts";

const DISPUTES: Readonly<Record<string, Movement["kind"]>> = {
  dispute: "dispute",
  dispute_reversal: "dispute-reversal",
};

/** In the currency of the payment: the transaction itself is in the currency of the balance. */
const movementOf = ({ type, reporting_category, source }: Stripe.BalanceTransaction): Movement | null => {
  if (source === null || typeof source === "string") return null;
  const movement = (kind: Movement["kind"], amount: number, currency: string): Movement => ({
    kind,
    reference: rehydrateProcessorReference(source.id),
    money: fromStripeAmount(amount, currency),
  });
  switch (source.object) {
    case "charge":
      if (type !== "charge" && type !== "payment") return null;
      return movement("capture", source.amount_captured, source.currency);
    case "refund":
      if (type !== "refund" && type !== "payment_refund") return null;
      return movement("refund", source.amount, source.currency);
    case "dispute": {
      const kind = DISPUTES[reporting_category];
      return kind === undefined ? null : movement(kind, source.amount, source.currency);
    }
    default:
      return null;
  }
};

/** Any short prefix: a prefix that Stripe adds later must not hide a difference. */
const STRIPE_ID = /^[a-z]{2,5}_[A-Za-z0-9]+$/;

const secondsOf = (time: Date): number => Math.ceil(time.getTime() / 1_000);

/** The balances of the platform's own account and of all connected accounts. */
export class StripeBalanceTransactions<M extends Mode> implements BalanceTransactions<M> {
  readonly name = "stripe";
  readonly mode: M;
  readonly #stripe: Stripe;

  constructor(mode: M, access: StripeAccess<M>) {
    this.mode = mode;
    this.#stripe = connectToStripe(access);
  }

  list({ from, to }: Period): ResultAsync<readonly Movement[], ProcessorError> {
    const created = { gte: secondsOf(from), lt: secondsOf(to) };
    const read = async (): Promise<readonly Movement[]> => {
      const movements = await this.#movementsOf(null, created);
      for await (const { id } of this.#stripe.accounts.list({ limit: 100 })) {
        movements.push(...(await this.#movementsOf(id, created)));
      }
      return movements;
    };
    return ResultAsync.fromPromise(read(), toProcessorError);
  }

  isOwn(reference: ProcessorReference): boolean {
    return STRIPE_ID.test(reference);
  }

  async #movementsOf(account: string | null, created: { readonly gte: number; readonly lt: number }) {
    const params = { created, limit: 100, expand: ["data.source"] };
    const movements: Movement[] = [];
    for await (const transaction of this.#stripe.balanceTransactions.list(params, onAccount(account))) {
      const movement = movementOf(transaction);
      if (movement !== null) movements.push(movement);
    }
    return movements;
  }
}
