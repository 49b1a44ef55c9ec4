import { expect } from "@jest/globals";
import { FakeStripe } from "@payments/adapters-stripe/testing";
import { startApi } from "../support/api-process.ts";
import { CLI, runProgram } from "../support/run-program.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { onboard, stripeInLiveMode } from "./support/charges.ts";
import { guarantee } from "./support/guarantee.ts";
import { Random } from "./support/random.ts";
import { jsonOf, type StripeCaller, stripeCaller } from "./support/stripe-callers.ts";

const using = undoAfterEach();

/** A currency, and how Stripe counts it. */
interface Counted {
  readonly currency: string;
  /** Stripe takes only multiples of it, in the minor unit of ISO 4217. */
  readonly step: number;
  /** Stripe's units in one minor unit. */
  readonly factor: number;
}

const CURRENCIES: readonly Counted[] = [
  { currency: "JPY", step: 1, factor: 1 },
  { currency: "KRW", step: 1, factor: 1 },
  { currency: "ISK", step: 1, factor: 100 },
  { currency: "UGX", step: 1, factor: 100 },
  { currency: "EUR", step: 1, factor: 1 },
  { currency: "MGA", step: 100, factor: 0.01 },
  { currency: "KWD", step: 10, factor: 1 },
  { currency: "TND", step: 10, factor: 1 },
];

/** The shares have halves to round; the last fixed amount is above most payments. */
const RULES = [
  { basisPoints: 0, fixed: 0 },
  { basisPoints: 250, fixed: 0 },
  { basisPoints: 290, fixed: 30 },
  { basisPoints: 1, fixed: 0 },
  { basisPoints: 10_000, fixed: 0 },
  { basisPoints: 0, fixed: 7 },
  { basisPoints: 3_333, fixed: 1_000_000 },
] as const;

/** In steps: 250 basis points of 20 and of 60 end in a half, 1 of 5000 too. */
const STEPS = [1, 20, 60, 5_000, 9_999];
const MAXIMUM_STEPS = 900_000;

const stepsOfRound = (round: number, random: Random): number => STEPS[round] ?? 1 + random.below(MAXIMUM_STEPS);

const feeOn = (amount: number, { basisPoints, fixed }: (typeof RULES)[number]): number => {
  const share = amount * basisPoints;
  const rounded = (share - (share % 10_000)) / 10_000 + (share % 10_000 >= 5_000 ? 1 : 0);
  return Math.min(rounded + fixed, amount);
};

const atStripe = ({ step, factor }: Counted, amount: number): number => Math.round((amount - (amount % step)) * factor);

guarantee(
  {
    id: "charge-amounts",
    says: "Payments, partial captures and refunds in currencies of 0, 2 and 3 decimals, and in those that Stripe counts differently, arrive at Stripe with the exact amount. The fee is rounded half up and never above the amount. Connected accounts pay exactly it, and the platform's own payments none. Stripe's balance transactions agree with every stored movement. An amount that Stripe cannot represent is not charged.",
    covers: "ASVS 5.0 2.2.3, 2.3.2 / CWE-681, CWE-682, CWE-1339",
    short: { rounds: 5 },
    long: { rounds: 30 },
  },
  async ({ rounds }, { progress }) => {
    const fake = using(new FakeStripe(), (started) => started.stop());
    const apiBase = await fake.start();
    const database = using(await createTestDatabase(), (created) => created.drop());
    const settings = stripeInLiveMode(apiBase);
    const api = using(await startApi(database.url, settings), (one) => one.end("SIGKILL"));
    const clients = [await onboard(api, fake), { ...(await api.createClient()), account: null }];
    const callers = clients.map((client) => using(stripeCaller(api.url, fake, client), (caller) => caller.close()));
    const entryOf = (id: string) => fake.entries().find(({ metadata }) => metadata["payment_id"] === id);
    let movements = 0;
    let payments = 0;

    const charge = async (caller: StripeCaller, counted: Counted, steps: number, rule: (typeof RULES)[number]) => {
      const { currency, step } = counted;
      const { account } = caller.ledger;
      const amount = steps * step;
      const part = Math.ceil(steps / 2) * step;
      const fee = feeOn(amount, rule);
      const stripesFee = account === null ? 0 : atStripe(counted, fee);
      const expected = { account, currency: currency.toLowerCase(), amount: atStripe(counted, amount) };

      const paid = jsonOf(await caller.pay({ amount, currency }));
      expect(paid).toMatchObject({ amount, currency, status: "succeeded", amountCaptured: amount, fee });
      expect(entryOf(paid.id)).toMatchObject({ ...expected, captured: expected.amount, fee: stripesFee });
      expect(caller.intentOf(paid.id).application_fee_amount ?? 0).toBe(stripesFee);
      jsonOf(await caller.post(`/payments/${paid.id}/refunds`, { amount: part }));
      expect(entryOf(paid.id)).toMatchObject({ refunded: atStripe(counted, part) });

      const { id } = jsonOf(await caller.pay({ amount, currency, capture: "manual" }));
      const captured = jsonOf(await caller.post(`/payments/${id}/capture`, { amount: part }));
      expect(captured).toMatchObject({ amount, amountCaptured: part, fee: Math.min(fee, part) });
      const capturedAtStripe = atStripe(counted, part);
      expect(entryOf(id)).toMatchObject({
        ...{ ...expected, captured: capturedAtStripe, fee: Math.min(stripesFee, capturedAtStripe) },
      });
      movements += 3;
      payments += 2;
    };

    const random = new Random(rounds);
    for (const rule of RULES) {
      for (const { id } of clients) {
        expect((await api.asAdmin("PATCH", `/accounts/${id}`, { fee: rule })).status).toBe(200);
      }
      for (let round = 0; round < rounds; round++) {
        const steps = stepsOfRound(round, random);
        await Promise.all(
          CURRENCIES.map((counted) => charge(callers[round % 2] as StripeCaller, counted, steps, rule)),
        );
      }
      progress(`${rule.basisPoints} basis points and ${rule.fixed}: ${payments} payments so far`);
    }

    const before = fake.entries().length;
    const unrepresentable = CURRENCIES.filter(({ step }) => step > 1);
    for (const { currency, step } of unrepresentable) {
      const refused = jsonOf(await (callers[0] as StripeCaller).pay({ amount: 10 * step + 1, currency }));
      expect(refused).toMatchObject({ status: "failed", failure: { code: "processor_refused" } });
    }
    expect(fake.entries()).toHaveLength(before);

    // A run around midnight has movements of two days.
    const days = new Set(
      [...callers.flatMap(({ ledger }) => [...ledger.balanceTransactions.values()])].map(({ created }) =>
        new Date(created * 1_000).toISOString().slice(0, 10),
      ),
    );
    let matched = 0;
    for (const day of days) {
      const variables = { DATABASE_URL: database.url, ...settings };
      const { code, stdout } = await runProgram(CLI, variables, "reconcile", "--day", day, "--mode", "live", "--json");
      const { modes } = JSON.parse(stdout);
      expect({ code, differences: modes[0].differences }).toEqual({ code: 0, differences: [] });
      matched += modes[0].matched;
    }
    expect(matched).toBe(movements);
    return `${payments} payments in ${CURRENCIES.length} currencies with ${RULES.length} fees, each exact; ${matched} of ${movements} movements equal; ${unrepresentable.length} of ${unrepresentable.length} other amounts refused`;
  },
);
