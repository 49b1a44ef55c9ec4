import { KnexPaymentRepository } from "@payments/adapters-postgres";
import { CreatePayment } from "@payments/domain";
import { ContainerModule } from "inversify";
import { tracedPayments } from "../observability/traced-ports.ts";
import { TOKENS as T } from "./tokens.ts";

export const paymentsModule = new ContainerModule(({ bind }) => {
  bind(T.PaymentRepository).toResolvedValue(
    (knex, statistics, tracing) => {
      const payments = new KnexPaymentRepository(knex, { statistics });
      return tracing === null ? payments : tracedPayments(payments, tracing);
    },
    [T.Knex, T.DatabaseStatistics, T.Tracing],
  );
  bind(CreatePayment).toResolvedValue(
    (payments, ids, clock) => new CreatePayment(payments, ids, clock),
    [T.PaymentRepository, T.IdGenerator, T.Clock],
  );
});
