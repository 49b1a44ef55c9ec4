import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { Money } from "../money/money.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { Charge } from "./charge.ts";
import type { PaymentMethodUnknown } from "./charge-payment.ts";
import type { ChargeRepository } from "./charge-repository.ts";
import type { PaymentMethod } from "./operation.ts";
import type { PaymentId } from "./payment.ts";
import type { RunOperation } from "./run-operation.ts";

/** No payment has this client secret. */
export interface CheckoutNotFound {
  readonly type: "checkout-not-found";
}

/** The payment does not wait for this step of the payer. */
export interface CheckoutNotWaiting {
  readonly type: "checkout-not-waiting";
}

/** A payment that its payer completes in the browser. */
export interface Checkout {
  readonly paymentId: PaymentId;
  readonly clientId: ClientId;
  readonly money: Money;
  readonly returnUrl: string | null;
  /** What the payer must do now; null: nothing more. */
  readonly waitsFor: "confirmation" | "authentication" | null;
}

type Steps = CheckoutNotFound | CheckoutNotWaiting | StorageUnavailable;

/**
 * The payer's side of a test processor. The client secret is the only credential of the payer. Two steps of one payment
 * take turns, and the later one is `checkout-not-waiting` if the earlier one completed the payment.
 */
export interface TestCheckout {
  find(clientSecret: string): ResultAsync<Checkout, CheckoutNotFound | StorageUnavailable>;

  /** Pays with a payment method. After a decline the payment waits for another confirmation. */
  confirm(clientSecret: string, paymentMethod: PaymentMethod): ResultAsync<Checkout, Steps | PaymentMethodUnknown>;

  /**
   * Approves or declines. After a decline, a payment that the payer confirmed waits for another confirmation. A payment
   * whose request had a payment method fails.
   */
  authenticate(clientSecret: string, outcome: "approved" | "declined"): ResultAsync<Checkout, Steps>;
}

/** A checkout, and its charge as it is stored. */
export interface CheckoutState {
  readonly checkout: Checkout;
  readonly charge: Charge;
}

/** Takes the payer's steps, and stores their results at once instead of waiting for the driver. */
export class CompleteCheckout {
  readonly #checkout: TestCheckout | null;
  readonly #charges: ChargeRepository;
  readonly #run: RunOperation;

  /** `checkout`: null if the processor of test clients has its own page. */
  constructor(checkout: TestCheckout | null, charges: ChargeRepository, run: RunOperation) {
    this.#checkout = checkout;
    this.#charges = charges;
    this.#run = run;
  }

  find(clientSecret: string): ResultAsync<CheckoutState, CheckoutNotFound | StorageUnavailable> {
    if (this.#checkout === null) return errAsync({ type: "checkout-not-found" });
    return this.#checkout
      .find(clientSecret)
      .andThen((checkout) => this.#chargeOf(checkout).map((charge) => ({ checkout, charge })));
  }

  confirm(
    clientSecret: string,
    paymentMethod: PaymentMethod,
  ): ResultAsync<CheckoutState, Steps | PaymentMethodUnknown> {
    if (this.#checkout === null) return errAsync({ type: "checkout-not-found" });
    return this.#checkout.confirm(clientSecret, paymentMethod).andThen((checkout) => this.#settled(checkout));
  }

  authenticate(clientSecret: string, outcome: "approved" | "declined"): ResultAsync<CheckoutState, Steps> {
    if (this.#checkout === null) return errAsync({ type: "checkout-not-found" });
    return this.#checkout.authenticate(clientSecret, outcome).andThen((checkout) => this.#settled(checkout));
  }

  #settled(checkout: Checkout): ResultAsync<CheckoutState, CheckoutNotFound | StorageUnavailable> {
    return this.#chargeOf(checkout)
      .andThen(({ authorization }) => this.#run.resume({ operation: authorization, state: "pending" }))
      .map((charge) => ({ checkout, charge }))
      .mapErr((error) => (error.type === "no-processor" ? { type: "checkout-not-found" as const } : error));
  }

  #chargeOf({ clientId, paymentId }: Checkout): ResultAsync<Charge, CheckoutNotFound | StorageUnavailable> {
    return this.#charges.find(clientId, [paymentId]).andThen((charges) => {
      const charge = charges.get(paymentId);
      return charge === undefined ? errAsync({ type: "checkout-not-found" as const }) : okAsync(charge);
    });
  }
}
