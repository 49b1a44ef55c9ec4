import { toPaymentJson } from "@payments/adapters-http";
import type { ClientId, PaymentId } from "@payments/domain";
import { found } from "../../outcome.ts";
import { facts, type JsonOption, print } from "../../output.ts";
import { withServices } from "../../services.ts";
import { paymentFacts } from "./payment-facts.ts";

export const showPayment = async (account: ClientId, id: PaymentId, { json }: JsonOption): Promise<void> => {
  const payment = await withServices(({ payments }) => found(payments.find(account, id)));
  print(json, toPaymentJson(payment), facts(paymentFacts(payment)));
};
