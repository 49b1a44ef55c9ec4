import {
  ChangeCharge,
  type Charge,
  type ClientId,
  type Currency,
  moneyText,
  type PaymentId,
  planCancel,
  planCapture,
  planRefund,
  type RefundReason,
  toPaymentJson,
  toRefundJson,
} from "@payments/domain";
import type { Container } from "inversify";
import { EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { operator } from "../audit/operator-changes.ts";
import { withAuditedProcessors } from "../context.ts";
import type { JsonOption, YesOption } from "../options.ts";
import { changedBy, found } from "../outcome.ts";
import { print } from "../output.ts";
import { confirm } from "../prompt.ts";

interface ChangeOptions extends JsonOption, YesOption {
  readonly amount?: bigint;
}

/** The amounts that the stored state allows. Unfinished operations are checked when the change is stored. */
const PLANS = {
  captured: ({ state }: Charge, amount: bigint | null, repeatable: boolean) =>
    planCapture(state, [], amount, repeatable),
  refunded: ({ state }: Charge, amount: bigint | null) => planRefund(state, [], amount),
} as const;

const findCharge = async (container: Container, client: ClientId, id: PaymentId): Promise<Charge | undefined> =>
  (await found(container.get(T.ChargeRepository).find(client, [id]))).get(id);

/**
 * Asks for a change of a charge that its state allows, and returns the payment's currency. It does not ask for a payment
 * without a charge, because the change itself rejects that.
 */
const confirmAmount = async (
  container: Container,
  client: ClientId,
  id: PaymentId,
  change: keyof typeof PLANS,
  options: ChangeOptions,
): Promise<Currency> => {
  const { currency } = (await found(container.get(T.PaymentRepository).find(client, id))).money;
  const charge = await findCharge(container, client, id);
  if (charge === undefined) return currency;
  const { repeatedCapture = false } = container.get(T.Processors)[charge.authorization.mode]?.capabilities ?? {};
  const planned = PLANS[change](charge, options.amount ?? null, repeatedCapture);
  const amount = moneyText({ amount: await found<bigint>(planned, currency), currency });
  const part = options.amount === undefined ? `All that is left (${amount})` : amount;
  await confirm(`${part} of payment ${id} will be ${change}.`, options);
  return currency;
};

/** The payment as the API shows it, after a change of its charge. */
const shown = async (container: Container, client: ClientId, id: PaymentId, charge: Charge) => {
  const { mode } = await found(container.get(T.ClientRepository).find(client));
  return toPaymentJson(await found(container.get(T.PaymentRepository).find(client, id)), mode, charge);
};

export const capturePayment = async (client: ClientId, id: PaymentId, options: ChangeOptions): Promise<void> => {
  const { amount = null, json } = options;
  const { payment, charge } = await withAuditedProcessors(async (container, changed) => {
    const currency = await confirmAmount(container, client, id, "captured", options);
    const { charge: changedCharge } = await changedBy(
      container.get(ChangeCharge).by(operator()).capture(client, id, amount),
      "payments show",
      currency,
    );
    changed("operation-planned", client, { paymentId: id, kind: "capture", status: changedCharge.state.status });
    return { payment: await shown(container, client, id, changedCharge), charge: changedCharge };
  });
  const { money } = charge.authorization;
  const captured = moneyText({ ...money, amount: charge.state.amountCaptured });
  print(json, payment, [`Payment ${id} is ${payment.status}. Captured: ${captured} of ${moneyText(money)}.`]);
};

export const cancelPayment = async (
  client: ClientId,
  id: PaymentId,
  options: JsonOption & YesOption,
): Promise<void> => {
  const payment = await withAuditedProcessors(async (container, changed) => {
    const planned = await findCharge(container, client, id);
    if (planned !== undefined) {
      await found(planCancel(planned.state, []));
      await confirm(`Payment ${id} will be canceled.`, options);
    }
    const { charge } = await changedBy(container.get(ChangeCharge).by(operator()).cancel(client, id), "payments show");
    changed("operation-planned", client, { paymentId: id, kind: "cancel", status: charge.state.status });
    return shown(container, client, id, charge);
  });
  print(options.json, payment, [`Payment ${id} is ${payment.status}.`]);
};

export const refundPayment = async (
  client: ClientId,
  id: PaymentId,
  options: ChangeOptions & { readonly reason?: RefundReason },
): Promise<void> => {
  const { amount = null, reason = null, json } = options;
  const refund = await withAuditedProcessors(async (container, changed) => {
    const currency = await confirmAmount(container, client, id, "refunded", options);
    const { refund: made } = await changedBy(
      container.get(ChangeCharge).by(operator()).refund(client, id, amount, reason),
      "payments show",
      currency,
    );
    changed("operation-planned", client, { paymentId: id, kind: "refund", refundId: made.id, status: made.status });
    return made;
  });
  print(json, toRefundJson(refund), [`Refund ${refund.id} of ${moneyText(refund.money)}: ${refund.status}.`]);
  if (refund.status === "failed") process.exitCode = EXIT.failed;
};
