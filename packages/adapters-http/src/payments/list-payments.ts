import { type PaymentRepository, parsePaymentId } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { type Context, clientOf } from "../routing/context.ts";
import { pageRequest, toPageJson } from "../routing/page-request.ts";
import { toPaymentJson } from "./payment-json.ts";

export const listPayments =
  (payments: PaymentRepository) =>
  async (ctx: Context): Promise<void> => {
    const page = await valueOrProblem(payments.list(clientOf(ctx).clientId, pageRequest(ctx, parsePaymentId)));
    ctx.body = toPageJson(page, toPaymentJson);
  };
