import {
  ChangeCharge,
  type Charge,
  type ClientId,
  moneyText,
  type PaymentId,
  type PaymentState,
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

/** What a capture or refund without an amount takes at most. Unfinished refunds may reserve a part of it. */
const LEFT = {
  captured: ({ amountAuthorized, amountCaptured }: PaymentState) => amountAuthorized - amountCaptured,
  refunded: ({ amountCaptured, amountRefunded, amountDisputed }: PaymentState) =>
    amountCaptured - amountRefunded - amountDisputed,
} as const;

const confirmAmount = async (
  container: Container,
  client: ClientId,
  id: PaymentId,
  change: keyof typeof LEFT,
  options: ChangeOptions,
): Promise<void> => {
  const { money } = await found(container.get(T.PaymentRepository).find(client, id));
  const charge = (await found(container.get(T.ChargeRepository).find(client, [id]))).get(id);
  const left = charge === undefined ? 0n : LEFT[change](charge.state);
  const amount = moneyText({ ...money, amount: options.amount ?? left });
  const part = options.amount === undefined ? `All that is left (${amount})` : amount;
  await confirm(`${part} of payment ${id} will be ${change}.`, options);
};

/** The payment as the API shows it, after a change of its charge. */
const shown = async (container: Container, client: ClientId, id: PaymentId, charge: Charge) => {
  const { mode } = await found(container.get(T.ClientRepository).find(client));
  return toPaymentJson(await found(container.get(T.PaymentRepository).find(client, id)), mode, charge);
};

export const capturePayment = async (client: ClientId, id: PaymentId, options: ChangeOptions): Promise<void> => {
  const { amount = null, json } = options;
  const { payment, charge } = await withAuditedProcessors(async (container, changed) => {
    await confirmAmount(container, client, id, "captured", options);
    const { charge: changedCharge } = await changedBy(
      container.get(ChangeCharge).by(operator()).capture(client, id, amount),
      "payments show",
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
  await confirm(`Payment ${id} will be canceled.`, options);
  const payment = await withAuditedProcessors(async (container, changed) => {
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
    await confirmAmount(container, client, id, "refunded", options);
    const { refund: made } = await changedBy(
      container.get(ChangeCharge).by(operator()).refund(client, id, amount, reason),
      "payments show",
    );
    changed("operation-planned", client, { paymentId: id, kind: "refund", refundId: made.id, status: made.status });
    return made;
  });
  print(json, toRefundJson(refund), [`Refund ${refund.id} of ${moneyText(refund.money)}: ${refund.status}.`]);
  if (refund.status === "failed") process.exitCode = EXIT.failed;
};
