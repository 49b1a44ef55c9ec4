import {
  Coalescer,
  KnexChargeRepository,
  KnexDisputeRepository,
  KnexOperationReviews,
  KnexPaymentRepository,
  KnexRecordedMovements,
} from "@payments/adapters-postgres";
import { SandboxBalance, SandboxCheckout, type SandboxOptions, SandboxProcessor } from "@payments/adapters-sandbox";
import { StripeBalanceTransactions, StripeProcessor, type StripeSecretKey } from "@payments/adapters-stripe";
import {
  ChangeCharge,
  ChargePayment,
  CompleteCheckout,
  CreatePayment,
  type Mode,
  ReviewOperation,
  RunOperation,
} from "@payments/domain";
import { ContainerModule } from "inversify";
import { observedCharges } from "../observability/processor-observer.ts";
import { tracedPayments } from "../observability/traced-ports.ts";
import { CALL_TIMEOUT_MS, isolate } from "../processors/isolate.ts";
import { CONFIG, type PublicUrl, TOKENS as T } from "./tokens.ts";

/** The statements of the sandbox wait longer than payments: the operation is planned already. */
const coalesce: NonNullable<SandboxOptions["coalesce"]> = (work) => {
  const limits = { batchSize: 128, earlySize: 32, concurrency: 2, queueSize: 4_096, answerWithinMs: 5_000 };
  const queue = new Coalescer(work, limits);
  return (item) => queue.add(item);
};

const sandboxOptions = (publicUrl: PublicUrl): SandboxOptions => ({
  coalesce,
  authenticationUrl: () => `${publicUrl.value}/sandbox/authenticate`,
});

const OBSERVER = { serviceIdentifier: T.ProcessorObserver, optional: true } as const;

/** The sandbox shares the service's database connections. */
const SANDBOX_LIMITS = { maximumInFlight: 256, maximumInFlightPerAccount: 64 };

const STRIPE_LIMITS = { maximumInFlight: 1_024, maximumInFlightPerAccount: 256 };

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
    (knex, ids, clock, statistics, observer) => {
      const charges = new KnexChargeRepository(knex, { ids, clock, statistics });
      return observer === undefined ? charges : observedCharges(charges, observer);
    },
    [T.Knex, T.IdGenerator, T.Clock, T.DatabaseStatistics, OBSERVER],
  );
  bind(T.DisputeRepository).toResolvedValue((knex) => new KnexDisputeRepository(knex), [T.Knex]);
  // The sandbox moves no money, so it charges test clients only: the types allow nothing else.
  bind(T.Processors).toResolvedValue(
    ({ stripe: { secretKeys, apiBase } }, knex, clock, publicUrl, tracing, observer) => {
      const isolation = { clock, tracing, onCall: observer?.called };
      const stripe = <M extends Mode>(mode: M, secretKey: StripeSecretKey<M>) =>
        isolate(
          new StripeProcessor(mode, { secretKey, apiBase, timeoutMs: CALL_TIMEOUT_MS }),
          STRIPE_LIMITS,
          isolation,
        );
      return {
        live: secretKeys.live && stripe("live", secretKeys.live),
        test: secretKeys.test
          ? stripe("test", secretKeys.test)
          : isolate(new SandboxProcessor(knex, clock, sandboxOptions(publicUrl)), SANDBOX_LIMITS, isolation),
      };
    },
    [CONFIG.processors, T.Knex, T.Clock, T.PublicUrl, T.Tracing, OBSERVER],
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
  bind(T.RecordedMovements).toResolvedValue((knex) => new KnexRecordedMovements(knex), [T.Knex]);
  bind(T.BalanceTransactions).toResolvedValue(
    ({ stripe: { secretKeys, apiBase } }, knex, clock) => ({
      live: secretKeys.live && new StripeBalanceTransactions("live", { secretKey: secretKeys.live, apiBase }),
      test: secretKeys.test
        ? new StripeBalanceTransactions("test", { secretKey: secretKeys.test, apiBase })
        : new SandboxBalance(knex, clock),
    }),
    [CONFIG.processors, T.Knex, T.Clock],
  );
  bind(T.OperationReviews).toResolvedValue((knex) => new KnexOperationReviews(knex), [T.Knex]);
  bind(ReviewOperation).toResolvedValue(
    (reviews, charges, processors, clock) => new ReviewOperation(reviews, charges, processors, clock),
    [T.OperationReviews, T.ChargeRepository, T.Processors, T.Clock],
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
