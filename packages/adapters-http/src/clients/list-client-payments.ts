import { type ClientRepository, type PaymentRepository, parsePaymentId } from "@payments/domain";
import type { Context } from "../routing/context.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { pageRequest, toPageJson } from "../routing/page-request.ts";
import { toPaymentJson } from "../payments/payment-json.ts";
import { accountIdOf } from "./read-client.ts";

export const listAccountPayments =
  (clients: ClientRepository, payments: PaymentRepository) =>
  async (ctx: Context): Promise<void> => {
    const request = pageRequest(ctx, parsePaymentId);
    const { id } = await valueOrProblem(clients.find(accountIdOf(ctx)));
    ctx.body = toPageJson(await valueOrProblem(payments.list(id, request)), toPaymentJson);
  };
