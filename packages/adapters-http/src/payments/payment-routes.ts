import type { Route } from "../routing/route.ts";
import { cancelPayment } from "./cancel-payment.ts";
import { capturePayment } from "./capture-payment.ts";
import { createPayment } from "./create-payment.ts";
import { listPayments, readPayment } from "./read-payments.ts";

export const paymentRoutes: readonly Route[] = [
  createPayment,
  listPayments,
  readPayment,
  capturePayment,
  cancelPayment,
];
