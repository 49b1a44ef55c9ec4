import { KnexChargeRepository, KnexPaymentRepository } from "@payments/adapters-postgres";
import { SandboxCheckout, SandboxProcessor } from "@payments/adapters-sandbox";
import { StripeProcessor } from "@payments/adapters-stripe";
import { ChangeCharge, ChargePayment, CompleteCheckout, CreatePayment, RunOperation } from "@payments/domain";
import { ContainerModule } from "inversify";
import { tracedPayments } from "../observability/traced-ports.ts";
import { CONFIG, type PublicUrl, TOKENS as T } from "./tokens.ts";

const sandboxOptions = (publicUrl: PublicUrl) => ({
  authenticationUrl: () => `${publicUrl.value}/sandbox/authenticate`,
});

export const paymentsModule = new ContainerModule(({ bind }) => {
  bind(T.PaymentRepository).toResolvedValue(
    ({ poolSize }, knex, statistics, tracing) => {
      // The rest of the pool stays free for payments, keys and quotas.
      const payments = new KnexPaymentRepository(knex, { statistics, readConcurrency: Math.ceil(poolSize * 0.4) });
      return tracing === null ? payments : tracedPayments(payments, tracing);
    },
    [CONFIG.database, T.Knex, T.DatabaseStatistics, T.Tracing],
  );
  bind(T.ChargeRepository).toResolvedValue(
    (knex, statistics) => new KnexChargeRepository(knex, { statistics }),
    [T.Knex, T.DatabaseStatistics],
  );
  // The sandbox moves no money, so it charges test clients only: the types allow nothing else.
  bind(T.Processors).toResolvedValue(
    ({ stripe: { secretKeys, apiBase } }, knex, clock, publicUrl) => ({
      live: secretKeys.live && new StripeProcessor("live", { secretKey: secretKeys.live, apiBase }),
      test: secretKeys.test
        ? new StripeProcessor("test", { secretKey: secretKeys.test, apiBase })
        : new SandboxProcessor(knex, clock, sandboxOptions(publicUrl)),
    }),
    [CONFIG.processors, T.Knex, T.Clock, T.PublicUrl],
  );
  bind(T.TestCheckout).toResolvedValue(
    ({ stripe: { secretKeys } }, knex, clock, publicUrl) =>
      secretKeys.test ? null : new SandboxCheckout(knex, clock, sandboxOptions(publicUrl)),
    [CONFIG.processors, T.Knex, T.Clock, T.PublicUrl],
  );
  bind(CompleteCheckout).toResolvedValue(
    (checkout, charges, run) => new CompleteCheckout(checkout, charges, run),
    [T.TestCheckout, T.ChargeRepository, RunOperation],
  );
  bind(RunOperation).toResolvedValue(
    (processors, charges, clock) => new RunOperation(processors, charges, clock),
    [T.Processors, T.ChargeRepository, T.Clock],
  );
  bind(ChargePayment).toResolvedValue(
    (charges, run, ids, clock) => new ChargePayment(charges, run, ids, clock),
    [T.ChargeRepository, RunOperation, T.IdGenerator, T.Clock],
  );
  bind(ChangeCharge).toResolvedValue(
    (charges, run, processors, ids, clock) => new ChangeCharge(charges, run, processors, ids, clock),
    [T.ChargeRepository, RunOperation, T.Processors, T.IdGenerator, T.Clock],
  );
  bind(CreatePayment).toResolvedValue(
    (payments, ids, clock) => new CreatePayment(payments, ids, clock),
    [T.PaymentRepository, T.IdGenerator, T.Clock],
  );
});
