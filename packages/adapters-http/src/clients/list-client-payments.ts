import { type ClientRepository, type PaymentRepository, parsePaymentId } from "@payments/domain";
import { toPaymentJson } from "../payments/payment-json.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { pageRequest, toPageJson } from "../routing/page-request.ts";
import { clientIdOf } from "./read-client.ts";

export const listClientPayments =
  (clients: ClientRepository, payments: PaymentRepository) =>
  async (ctx: Context): Promise<void> => {
    const request = pageRequest(ctx, parsePaymentId);
    const { id } = await valueOrProblem(clients.find(clientIdOf(ctx)));
    ctx.body = toPageJson(await valueOrProblem(payments.list(id, request)), toPaymentJson);
  };
