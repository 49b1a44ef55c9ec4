import { afterEach, describe, expect, it } from "@jest/globals";
import { movementOf, type Period } from "@payments/domain";
import {
  balanceTransactionsContract,
  expectOk,
  FixedClock,
  operationsIn,
  SequentialIds,
} from "@payments/domain/testing";
import { StripeBalanceTransactions, StripeConnectedAccounts, StripeProcessor } from "../src/index.ts";
import { parseStripeSecretKey } from "../src/stripe-access.ts";
import { closeDispute, FAKE_SECRET_KEYS, FakeStripe } from "../testing/index.ts";

const DAY_MS = 86_400_000;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const start = async () => {
  const clock = new FixedClock();
  const fake = new FakeStripe({ now: () => clock.now() });
  stops.push(() => fake.stop());
  const access = {
    secretKey: expectOk(parseStripeSecretKey("test", FAKE_SECRET_KEYS.test)),
    apiBase: await fake.start(),
  };
  const period: Period = {
    from: new Date(clock.now().getTime() - DAY_MS / 2),
    to: new Date(clock.now().getTime() + DAY_MS / 2),
  };
  const ids = new SequentialIds();
  return {
    access,
    fake,
    period,
    processor: new StripeProcessor("test", access),
    balance: new StripeBalanceTransactions("test", access),
    operations: operationsIn("test", () => ids.next()),
  };
};

balanceTransactionsContract(async () => ({
  ...(await start()),
  paymentMethods: { approved: "pm_card_visa", declined: "pm_card_chargeDeclined" },
  foreignReference: "sandbox_op_01kdy3x3r0e008002z5ae4t7kb",
}));

describe("Stripe's balance", () => {
  it("has the payments of connected accounts", async () => {
    const { access, fake, period, processor, balance, operations } = await start();
    const accounts = new StripeConnectedAccounts("test", access);
    const account = expectOk(await accounts.create({ id: "client-1" as never }));
    fake.accounts("test").complete(account);
    const charge = { ...operations.authorize("pm_card_visa", "automatic"), account };
    const { facts } = expectOk(await processor.execute(charge));
    expect(expectOk(await balance.list(period))).toEqual(facts.flatMap((fact) => movementOf(fact) ?? []));
  });

  it("has a late capture and a won dispute on the days when the money moved, as the facts do", async () => {
    const { fake, period, processor, balance, operations } = await start();
    const { payment } = expectOk(await processor.execute(operations.authorize("pm_card_createDispute", "manual")));
    fake.advanceClock(DAY_MS);
    const next: Period = { from: period.to, to: new Date(period.to.getTime() + DAY_MS) };
    const { facts } = expectOk(await processor.execute(operations.capture(payment, 400)));
    const [captured] = facts.filter(({ type }) => type === "captured");
    expect(captured?.occurredAt.getTime()).toBeGreaterThanOrEqual(next.from.getTime());
    const [dispute] = fake.ledger("test").disputes.values();
    closeDispute(fake.ledger("test"), dispute?.id ?? "", "won");
    expect(expectOk(await balance.list(period))).toEqual([]);
    expect(
      expectOk(await balance.list(next))
        .map(({ kind, money }) => [kind, money.amount])
        .sort(),
    ).toEqual([
      ["capture", 400n],
      ["dispute", 400n],
      ["dispute-reversal", 400n],
    ]);
  });
});
