import { type PaymentRepository, parsePaymentId } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { type Context, clientOf } from "../routing/context.ts";
import { idFrom } from "../routing/page-request.ts";
import { toPaymentJson } from "./payment-json.ts";

export const readPayment =
  (payments: PaymentRepository) =>
  async (ctx: Context): Promise<void> => {
    const id = idFrom(parsePaymentId(ctx.params["id"] ?? ""), "payment-not-found");
    ctx.body = toPaymentJson(await valueOrProblem(payments.find(clientOf(ctx).clientId, id)));
  };
