import {
  type Fact,
  type Money,
  type Operation,
  type OperationOf,
  type OperationReport,
  type ProcessorReference,
  type Refused,
  rehydrateProcessorReference,
} from "@payments/domain";
import { err, ok, type Result } from "neverthrow";
import { SANDBOX_PAYMENT_METHODS, type SandboxBehavior } from "./payment-methods.ts";

type Outcome = OperationReport["outcome"];

/** What an operation did. `later` replaces `outcome` and adds facts after some time. */
export interface Effect {
  readonly outcome: Outcome;
  readonly facts: readonly Fact[];
  readonly later: { readonly outcome: Outcome; readonly facts: readonly Fact[] } | null;
}

const toJson = ({ amount, currency }: Money) => ({ amount: amount.toString(), currency });

export const refused = (detail: string): Refused => ({ type: "refused", detail });

/** Every reference of the sandbox starts with it. */
export const REFERENCE_PREFIX = "sandbox_";

/** The id of the payment follows from the authorization, so that a lost response is no lost payment. */
export const paymentOf = (operation: Operation<"test">): ProcessorReference =>
  operation.kind === "authorize" ? rehydrateProcessorReference(REFERENCE_PREFIX + operation.id) : operation.payment;

/** The operation as JSON holds it. Equal for two attempts, because the order of the fields is fixed. */
export const parametersOf = (operation: Operation<"test">) => {
  const { kind, id, paymentId, clientId, mode, account, plannedAt } = operation;
  const origin = { kind, id, paymentId, clientId, mode, account, plannedAt };
  if (kind === "authorize") {
    const { money, fee, capture, paymentMethod, returnUrl } = operation;
    return { ...origin, money: toJson(money), fee: fee.toString(), capture, paymentMethod, returnUrl };
  }
  const { payment, request } = operation;
  const followUp = { ...origin, payment, ...(request && { request: { key: request.key, content: request.content } }) };
  if (kind === "cancel") return followUp;
  const money = toJson(operation.money);
  return kind === "capture" ? { ...followUp, money } : { ...followUp, money, refundId: operation.refundId };
};

/**
 * Makes the facts of an operation. Their reference is derived from the operation's id, and from the number of the
 * payer's step in the browser.
 */
export const factsOf = (operation: Operation<"test">, now: Date, step = 0) => {
  const { id, mode, account } = operation;
  return (...changes: readonly object[]): readonly Fact[] =>
    changes.map((change) => {
      const reference = rehydrateProcessorReference(`${REFERENCE_PREFIX}${id}${step === 0 ? "" : `_${step}`}`);
      return { reference, mode, account, occurredAt: now, ...change } as Fact;
    });
};

const at = (effect: Effect, { reportsLater }: SandboxBehavior, acknowledged: readonly Fact[]): Effect =>
  reportsLater ? { outcome: "pending", facts: acknowledged, later: effect } : effect;

const behaviorOf = ({ paymentMethod }: OperationOf<"test", "authorize">): SandboxBehavior | undefined => {
  if (paymentMethod === null) return { description: "", authorization: "action-required" };
  return Object.hasOwn(SANDBOX_PAYMENT_METHODS, paymentMethod) ? SANDBOX_PAYMENT_METHODS[paymentMethod] : undefined;
};

type Make = ReturnType<typeof factsOf>;

/** The capture of this amount. `before`: what the same operation did first. */
const capture = (money: Money, behavior: SandboxBehavior, make: Make, before: readonly Fact[]): Effect => {
  const { disputes, capturesFailLater } = behavior;
  if (capturesFailLater) {
    const failed = make({ type: "capture-failed", money });
    return { outcome: "pending", facts: before, later: { outcome: "declined", facts: failed } };
  }
  const captured = [...before, ...make({ type: "captured", money })];
  const facts = disputes ? [...captured, ...make({ type: "dispute-opened", money })] : captured;
  if (disputes === "won") {
    const closed = make({ type: "dispute-closed", money, outcome: "won" });
    return { outcome: "pending", facts, later: { outcome: "succeeded", facts: closed } };
  }
  return at({ outcome: "succeeded", facts, later: null }, behavior, before);
};

/** What the payer needs in the browser: the secret, and the page that takes it. */
export interface PayerAccess {
  readonly clientSecret: string;
  /** The page where the payer authenticates. */
  readonly authenticationUrl: string;
}

/** What the payer must do: confirm in the browser, or authenticate the payment method that the request named. */
export const nextActionOf = (paymentMethod: string | null, { clientSecret, authenticationUrl }: PayerAccess) =>
  paymentMethod === null
    ? ({ type: "confirm", clientSecret } as const)
    : // The fragment stays in the browser, so no server logs it.
      ({ type: "redirect", url: `${authenticationUrl}#${clientSecret}` } as const);

export const authorize = (
  operation: OperationOf<"test", "authorize">,
  now: Date,
  access: PayerAccess,
  step = 0,
): Result<Effect, Refused> => {
  const behavior = behaviorOf(operation);
  if (behavior === undefined) {
    return err({ ...refused("the sandbox has no such payment method"), failure: "payment_method_unknown" });
  }
  const facts = factsOf(operation, now, step);
  const { authorization } = behavior;
  if (authorization === "action-required") {
    const action = nextActionOf(operation.paymentMethod, access);
    return ok({ outcome: "pending", facts: facts({ type: "action-required", action }), later: null });
  }
  if (authorization !== "approved") {
    return ok({
      outcome: "declined",
      facts: facts({ type: "declined", code: authorization, final: true }),
      later: null,
    });
  }
  const { amount, currency } = operation.money;
  const reported = { amount: behavior.reportsWrongAmount ? amount + 1n : amount, currency };
  const authorized = facts({ type: "authorized", money: reported });
  if (operation.capture === "automatic") return ok(capture(operation.money, behavior, facts, authorized));
  if (!behavior.expires) return ok({ outcome: "succeeded", facts: authorized, later: null });
  const expired = facts({ type: "expired" });
  return ok({ outcome: "pending", facts: authorized, later: { outcome: "succeeded", facts: expired } });
};

/** What the operations on one payment did so far, results that are not reported yet included. */
const balanceOf = (facts: readonly Fact[]) => {
  const failed = facts.filter(({ type }) => type === "refund-failed").map(({ reference }) => reference);
  const isFailed = ({ reference }: Fact) => failed.includes(reference);
  const sum = (type: "authorized" | "captured" | "refund-succeeded") =>
    facts.reduce((total, fact) => (fact.type === type && !isFailed(fact) ? total + fact.money.amount : total), 0n);
  const has = (type: Fact["type"]) => facts.some((fact) => fact.type === type);
  const isClosed = has("canceled") || has("captured") || has("expired");
  return {
    capturable: isClosed ? 0n : sum("authorized"),
    isCancelable: !isClosed && !has("expired") && !facts.some((fact) => fact.type === "declined" && fact.final),
    refundable: sum("captured") - sum("refund-succeeded"),
  };
};

/** The effect of an operation on a payment whose authorization and facts are given. */
export const apply = (
  authorization: OperationOf<"test", "authorize">,
  facts: readonly Fact[],
  operation: OperationOf<"test", "capture" | "cancel" | "refund">,
  now: Date,
): Result<Effect, Refused> => {
  const behavior = behaviorOf(authorization) ?? { description: "", authorization: "approved" };
  const { capturable, isCancelable, refundable } = balanceOf(facts);
  const make = factsOf(operation, now);
  const succeeded = (changes: readonly object[]): Effect => ({
    outcome: "succeeded",
    facts: make(...changes),
    later: null,
  });
  if (operation.kind === "cancel") {
    if (!isCancelable) return err(refused("the payment cannot be canceled any more"));
    return ok(at(succeeded([{ type: "canceled" }]), behavior, []));
  }
  const { money } = operation;
  if (money.currency !== authorization.money.currency) return err(refused("the currency is not that of the payment"));
  if (operation.kind === "capture") {
    if (money.amount > capturable) return err(refused("the amount is above what is left to capture"));
    return ok(capture(money, behavior, make, []));
  }
  if (money.amount > refundable) return err(refused("the amount is above what is left to refund"));
  const { refundId } = operation;
  if (behavior.declinesRefunds) {
    return ok({ outcome: "declined", facts: make({ type: "refund-failed", money, refundId }), later: null });
  }
  const refund = succeeded([{ type: "refund-succeeded", money, refundId }]);
  if (behavior.refundsFailLater) {
    const failed = make({ type: "refund-failed", money, refundId });
    return ok({ ...refund, outcome: "pending", later: { outcome: "declined", facts: failed } });
  }
  return ok(at(refund, behavior, make({ type: "refund-pending", money, refundId })));
};
