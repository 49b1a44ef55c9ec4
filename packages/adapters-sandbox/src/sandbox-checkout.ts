import { timingSafeEqual } from "node:crypto";
import {
  type Checkout,
  type CheckoutNotFound,
  type CheckoutNotWaiting,
  type Clock,
  type Fact,
  type OperationOf,
  type PaymentMethod,
  type PaymentMethodUnknown,
  type StorageUnavailable,
  storageUnavailable,
  type TestCheckout,
  toStoredFact,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { authorize, type Effect, factsOf, nextActionOf } from "./ledger.ts";
import { authorizationOf, everyFactOf, lockPayment, operationsOn, type Row } from "./operation-row.ts";
import { SANDBOX_PAYMENT_METHODS } from "./payment-methods.ts";
import { laterOf, type SandboxOptions } from "./sandbox-processor.ts";

const notFound: CheckoutNotFound = { type: "checkout-not-found" };
const notWaiting: CheckoutNotWaiting = { type: "checkout-not-waiting" };

const isSame = (one: string, other: string): boolean => {
  const [bytes, otherBytes] = [Buffer.from(one), Buffer.from(other)];
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes);
};

/** The payment that the secret names. The secret is not verified yet. */
const paymentIn = (clientSecret: string): string => clientSecret.slice(0, clientSecret.lastIndexOf("_secret_"));

const authorizationIn = (rows: readonly Row[], clientSecret: string): Row | undefined =>
  rows.find((row) => row.client_secret !== null && isSame(row.client_secret, clientSecret));

const isOver = (fact: Fact): boolean =>
  ["authorized", "canceled", "expired"].includes(fact.type) || (fact.type === "declined" && fact.final);

/** The last action that is required is the open one. */
const waitsFor = (rows: readonly Row[], now: Date): Checkout["waitsFor"] => {
  const facts = rows.flatMap((row) => everyFactOf(row, now));
  if (facts.some(isOver)) return null;
  const last = facts.findLast((fact) => fact.type === "action-required");
  if (last === undefined) return null;
  return last.action.type === "confirm" ? "confirmation" : "authentication";
};

const checkoutOf = (row: Row, rows: readonly Row[], now: Date): Checkout => {
  const { paymentId, clientId, money, returnUrl } = authorizationOf(row);
  return { paymentId, clientId, money, returnUrl, waitsFor: waitsFor(rows, now) };
};

/** A payer who confirmed in the browser may try again. */
const withRetry = (effect: Effect): Effect => ({
  ...effect,
  outcome: effect.outcome === "declined" ? "pending" : effect.outcome,
  facts: effect.facts.map((fact) => (fact.type === "declined" ? { ...fact, final: false } : fact)),
});

const UPDATE = `update sandbox_operations set outcome = ?, facts = ?, later_outcome = ?, later_facts = ?, later_at = ?,
  confirmed_with = coalesce(?, confirmed_with) where id = ?`;

interface Step {
  readonly effect: Effect;
  readonly confirmedWith: string | null;
}

/** The payer's pages of the sandbox. */
export class SandboxCheckout implements TestCheckout {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #options: SandboxOptions;

  constructor(knex: Knex, clock: Clock, options: SandboxOptions) {
    this.#knex = knex;
    this.#clock = clock;
    this.#options = options;
  }

  find(clientSecret: string): ResultAsync<Checkout, CheckoutNotFound | StorageUnavailable> {
    return ResultAsync.fromPromise(operationsOn(this.#knex, paymentIn(clientSecret)), storageUnavailable).andThen(
      (rows) => {
        const row = authorizationIn(rows, clientSecret);
        return row === undefined ? err(notFound) : ok(checkoutOf(row, rows, this.#clock.now()));
      },
    );
  }

  confirm(
    clientSecret: string,
    paymentMethod: PaymentMethod,
  ): ResultAsync<Checkout, CheckoutNotFound | CheckoutNotWaiting | PaymentMethodUnknown | StorageUnavailable> {
    return this.#step(
      clientSecret,
      "confirmation",
      (operation, step): Result<Step, PaymentMethodUnknown> =>
        authorize({ ...operation, paymentMethod }, this.#clock.now(), this.#access(clientSecret), step)
          .map((effect) => ({ effect: withRetry(effect), confirmedWith: paymentMethod }))
          .mapErr(() => ({ type: "payment-method-unknown", known: Object.keys(SANDBOX_PAYMENT_METHODS) })),
    );
  }

  authenticate(
    clientSecret: string,
    outcome: "approved" | "declined",
  ): ResultAsync<Checkout, CheckoutNotFound | CheckoutNotWaiting | StorageUnavailable> {
    return this.#step(clientSecret, "authentication", (operation, step, isConfirmed): Result<Step, never> => {
      const effect = outcome === "approved" ? this.#approved(operation, step) : this.#declined(operation, step);
      if (!isConfirmed || outcome === "approved") return ok({ effect, confirmedWith: null });
      const action = nextActionOf(null, this.#access(clientSecret));
      const retry = factsOf(operation, this.#clock.now(), step)({ type: "action-required", action });
      return ok({ effect: withRetry({ ...effect, facts: [...effect.facts, ...retry] }), confirmedWith: null });
    });
  }

  #approved(operation: OperationOf<"test", "authorize">, step: number): Effect {
    const now = this.#clock.now();
    const { money, capture } = operation;
    const changes = [{ type: "authorized", money }, ...(capture === "manual" ? [] : [{ type: "captured", money }])];
    return { outcome: "succeeded", facts: factsOf(operation, now, step)(...changes), later: null };
  }

  #declined(operation: OperationOf<"test", "authorize">, step: number): Effect {
    const decline = { type: "declined", code: "authentication_failed", final: true };
    return { outcome: "declined", facts: factsOf(operation, this.#clock.now(), step)(decline), later: null };
  }

  #access(clientSecret: string) {
    return { clientSecret, authenticationUrl: this.#options.authenticationUrl() };
  }

  #step<Failure>(
    clientSecret: string,
    wanted: Checkout["waitsFor"],
    take: (operation: OperationOf<"test", "authorize">, step: number, isConfirmed: boolean) => Result<Step, Failure>,
  ): ResultAsync<Checkout, Failure | CheckoutNotFound | CheckoutNotWaiting | StorageUnavailable> {
    const stepped = this.#knex.transaction(
      async (trx): Promise<Result<Checkout, Failure | CheckoutNotFound | CheckoutNotWaiting>> => {
        const payment = paymentIn(clientSecret);
        const rows = (await lockPayment(trx, payment)) ?? [];
        const row = authorizationIn(rows, clientSecret);
        if (row === undefined) return err(notFound);
        if (waitsFor(rows, this.#clock.now()) !== wanted) return err(notWaiting);
        const taken = take(authorizationOf(row), row.facts.length, row.confirmed_with !== null);
        if (taken.isErr()) return err(taken.error);
        await this.#store(trx, row, taken.value);
        return ok(checkoutOf(row, await operationsOn(trx, payment), this.#clock.now()));
      },
    );
    return ResultAsync.fromPromise(stepped, storageUnavailable).andThen((result) => result);
  }

  async #store(trx: Knex, row: Row, { effect, confirmedWith }: Step): Promise<void> {
    const facts = [...row.facts, ...effect.facts.map(toStoredFact)];
    await trx.raw(UPDATE, [
      effect.outcome,
      JSON.stringify(facts),
      ...laterOf(effect, this.#clock.now(), this.#options),
      confirmedWith,
      row.id,
    ] as Knex.RawBinding[]);
  }
}
