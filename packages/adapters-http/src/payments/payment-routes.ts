import type { Route } from "../routing/route.ts";
import { cancelPayment, capturePayment } from "./capture-payment.ts";
import { createPayment } from "./create-payment.ts";
import { listPayments } from "./list-payments.ts";
import { readPayment } from "./read-payment.ts";

export const paymentRoutes: readonly Route[] = [
  createPayment,
  listPayments,
  readPayment,
  capturePayment,
  cancelPayment,
];
