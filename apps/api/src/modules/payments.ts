import { KnexPaymentRepository } from "@payments/adapters-postgres";
import { CreatePayment } from "@payments/domain";
import { ContainerModule } from "inversify";
import { tracedPayments } from "../observability/traced-ports.ts";
import { CONFIG, TOKENS as T } from "./tokens.ts";

export const paymentsModule = new ContainerModule(({ bind }) => {
  bind(T.PaymentRepository).toResolvedValue(
    ({ poolSize }, knex, statistics, tracing) => {
      // The rest of the pool stays free for payments, keys and quotas.
      const payments = new KnexPaymentRepository(knex, { statistics, readConcurrency: Math.ceil(poolSize * 0.4) });
      return tracing === null ? payments : tracedPayments(payments, tracing);
    },
    [CONFIG.database, T.Knex, T.DatabaseStatistics, T.Tracing],
  );
  bind(CreatePayment).toResolvedValue(
    (payments, ids, clock) => new CreatePayment(payments, ids, clock),
    [T.PaymentRepository, T.IdGenerator, T.Clock],
  );
});
