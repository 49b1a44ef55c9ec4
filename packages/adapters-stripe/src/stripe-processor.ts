import type {
  Fact,
  Mode,
  NotAtProcessor,
  Operation,
  OperationOf,
  OperationReport,
  PaymentProcessor,
  ProcessorAccount,
  ProcessorCapabilities,
  ProcessorError,
  ProcessorReference,
  ProcessorReport,
} from "@payments/domain";
import { rehydrateProcessorReference } from "@payments/domain";
import { err, ok, okAsync, type Result, ResultAsync } from "neverthrow";
import type Stripe from "stripe";
import { toStripeAmount } from "./amounts.ts";
import { toLookupError, toProcessorError } from "./errors.ts";
import { factOfRefund, factsOfDispute, factsOfIntent, outcomeOfIntent, outcomeOfRefund } from "./facts.ts";
import { findIntent } from "./find-intent.ts";
import { paramsOfAuthorization, paramsOfCapture, paramsOfRefund } from "./parameters.ts";
import { connectToStripe, onAccount, type StripeAccess, stripeLibrary } from "./stripe-access.ts";

const DAY_MS = 24 * 3_600_000;
/** Facts need the charge and when its money moved, and one request brings all. */
const WITH_CHARGE = { expand: ["latest_charge.balance_transaction"] };

/** The decline that came as an error. A response of another kind is no decline. */
const declinedIntent = (error: unknown): Stripe.PaymentIntent | null =>
  error instanceof stripeLibrary().errors.StripeCardError && error.payment_intent?.object === "payment_intent"
    ? error.payment_intent
    : null;

/** A proxy's response may be JSON without being Stripe's. */
const requireObject = <Kind extends string, O extends { readonly object: Kind; readonly id: string }>(
  kind: Kind,
  response: O,
): Result<O, ProcessorError> =>
  response.object === kind && typeof response.id === "string"
    ? ok(response)
    : err({ type: "outcome-unknown", cause: `Stripe's response is no ${kind}` });

const reportOf = (intent: Stripe.PaymentIntent, account: ProcessorAccount | null): OperationReport => ({
  payment: rehydrateProcessorReference(intent.id),
  outcome: outcomeOfIntent(intent),
  facts: factsOfIntent(intent, account),
});

/** Charges through Stripe. A key of one mode reaches nothing of the other, so a processor has one mode. */
export class StripeProcessor<M extends Mode> implements PaymentProcessor<M> {
  readonly name = "stripe";
  readonly mode: M;
  readonly capabilities: ProcessorCapabilities = {
    idempotencyKeyLifetimeMs: DAY_MS,
    partialCapture: true,
    repeatedCapture: false,
    synchronousCapture: true,
    synchronousRefund: true,
  };
  readonly #stripe: Stripe;

  constructor(mode: M, access: StripeAccess<M>) {
    this.mode = mode;
    this.#stripe = connectToStripe(access);
  }

  execute(operation: Operation<M>): ResultAsync<OperationReport, ProcessorError> {
    switch (operation.kind) {
      case "authorize":
        return this.#authorize(operation as OperationOf<M, "authorize">);
      case "capture":
        return this.#capture(operation as OperationOf<M, "capture">);
      case "cancel":
        return this.#cancel(operation as OperationOf<M, "cancel">);
      default:
        return this.#refund(operation as OperationOf<M, "refund">);
    }
  }

  retrieve(
    payment: ProcessorReference,
    account: ProcessorAccount | null,
  ): ResultAsync<ProcessorReport, NotAtProcessor | ProcessorError> {
    return this.#intent(payment, account).andThen((intent) =>
      this.#later(intent, account).map((later) => ({
        payment,
        facts: [...factsOfIntent(intent, account), ...later],
      })),
    );
  }

  find(operation: Operation<M>): ResultAsync<OperationReport | null, ProcessorError> {
    if (operation.kind === "refund") return this.#findRefund(operation as OperationOf<M, "refund">);
    if (operation.kind === "authorize") {
      const found = ResultAsync.fromPromise(findIntent(this.#stripe, operation), toProcessorError);
      return found.map((intent) => intent && reportOf(intent, operation.account));
    }
    return this.#intent(operation.payment, operation.account)
      .map((intent) => this.#changeOf(operation as OperationOf<M, "capture" | "cancel">, intent))
      .orElse((error) => (error.type === "not-at-processor" ? ok(null) : err(error)));
  }

  #authorize(operation: OperationOf<M, "authorize">): ResultAsync<OperationReport, ProcessorError> {
    return paramsOfAuthorization(operation).asyncAndThen((params) =>
      this.#send(operation, (options) => this.#stripe.paymentIntents.create({ ...params, ...WITH_CHARGE }, options)),
    );
  }

  #capture(operation: OperationOf<M, "capture">): ResultAsync<OperationReport, ProcessorError> {
    return paramsOfCapture(operation).asyncAndThen((params) =>
      this.#send(operation, (options) =>
        this.#stripe.paymentIntents.capture(operation.payment, { ...params, ...WITH_CHARGE }, options),
      ),
    );
  }

  /** Stripe reports a canceled payment; the cancellation is then a success. */
  #cancel(operation: OperationOf<M, "cancel">): ResultAsync<OperationReport, ProcessorError> {
    return this.#send(operation, (options) =>
      this.#stripe.paymentIntents.cancel(operation.payment, WITH_CHARGE, options),
    ).map((report) => ({ ...report, outcome: "succeeded" }));
  }

  #refund(operation: OperationOf<M, "refund">): ResultAsync<OperationReport, ProcessorError> {
    return toStripeAmount(operation.money)
      .asyncAndThen((amount) =>
        ResultAsync.fromPromise(
          this.#stripe.refunds.create(paramsOfRefund(operation, amount), this.#options(operation)),
          toProcessorError,
        ),
      )
      .andThen((refund) => requireObject("refund", refund))
      .map((refund) => this.#refundReport(operation, refund));
  }

  /** Sends a request about a payment. A decline of the card is a report. */
  #send(
    operation: Operation<M>,
    send: (options: Stripe.RequestOptions) => Promise<Stripe.PaymentIntent>,
  ): ResultAsync<OperationReport, ProcessorError> {
    const declineOr = (error: unknown): Result<OperationReport, ProcessorError> => {
      const declined = declinedIntent(error);
      return declined === null
        ? err(toProcessorError(error))
        : ok({ ...reportOf(declined, operation.account), outcome: "declined" });
    };
    const sent = send(this.#options(operation)).then(
      (intent) => requireObject("payment_intent", intent).map((found) => reportOf(found, operation.account)),
      declineOr,
    );
    return ResultAsync.fromSafePromise(sent).andThen((result) => result);
  }

  #options({ id, account }: Operation<M>): Stripe.RequestOptions {
    return { idempotencyKey: id, ...onAccount(account) };
  }

  #intent(
    payment: ProcessorReference,
    account: ProcessorAccount | null,
  ): ResultAsync<Stripe.PaymentIntent, NotAtProcessor | ProcessorError> {
    const request = this.#stripe.paymentIntents.retrieve(payment, WITH_CHARGE, onAccount(account));
    return ResultAsync.fromPromise(request, toLookupError).andThen((intent) => requireObject("payment_intent", intent));
  }

  /** Refunds and disputes, which only a captured payment can have. */
  #later(
    { id, amount_received: received, livemode, latest_charge: charge }: Stripe.PaymentIntent,
    account: ProcessorAccount | null,
  ): ResultAsync<readonly Fact[], ProcessorError> {
    if (received === 0) return okAsync([]);
    const of = { payment_intent: id, limit: 100 };
    const origin = { mode: livemode ? "live" : "test", account } as const;
    const read = async (): Promise<readonly Fact[]> => {
      const facts: Fact[] = [];
      for await (const refund of this.#stripe.refunds.list(of, onAccount(account))) {
        facts.push(factOfRefund(refund, origin));
      }
      if (typeof charge === "string" || !charge?.disputed) return facts;
      for await (const dispute of this.#stripe.disputes.list(of, onAccount(account))) {
        facts.push(...factsOfDispute(dispute, account));
      }
      return facts;
    };
    return ResultAsync.fromPromise(read(), toProcessorError);
  }

  /** Null: the request left no trace and may still take effect. Another change of the payment excludes it. */
  #changeOf(operation: OperationOf<M, "capture" | "cancel">, intent: Stripe.PaymentIntent): OperationReport | null {
    const { status, metadata } = intent;
    if (status !== "succeeded" && status !== "canceled") return null;
    const isDone =
      operation.kind === "cancel"
        ? status === "canceled"
        : status === "succeeded" && metadata["capture_operation_id"] === operation.id;
    return { ...reportOf(intent, operation.account), outcome: isDone ? "succeeded" : "declined" };
  }

  #findRefund(operation: OperationOf<M, "refund">): ResultAsync<OperationReport | null, ProcessorError> {
    const search = async (): Promise<OperationReport | null> => {
      const of = { payment_intent: operation.payment, limit: 100 };
      for await (const refund of this.#stripe.refunds.list(of, onAccount(operation.account))) {
        if (refund.metadata?.["operation_id"] === operation.id) return this.#refundReport(operation, refund);
      }
      return null;
    };
    return ResultAsync.fromPromise(search(), toLookupError).orElse((error) =>
      error.type === "not-at-processor" ? ok(null) : err(error),
    );
  }

  /** A refund does not carry its mode: it is that of the key. */
  #refundReport({ payment, account }: OperationOf<M, "refund">, refund: Stripe.Refund): OperationReport {
    const fact = factOfRefund(refund, { mode: this.mode, account });
    return { payment, outcome: outcomeOfRefund(fact), facts: [fact] };
  }
}
