import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Mode, type Operation, parseProcessorAccount } from "@payments/domain";
import {
  connectedAccountsContract,
  expectError,
  expectOk,
  FixedClock,
  operationsIn,
  paymentProcessorContract,
  SequentialIds,
} from "@payments/domain/testing";
import { StripeConnectedAccounts, StripeProcessor } from "../src/index.ts";
import { parseStripeSecretKey } from "../src/stripe-access.ts";
import { FAKE_SECRET_KEYS, FakeStripe, type StripeFaultName } from "../testing/index.ts";

const PAYMENT_METHODS = {
  approved: "pm_card_visa",
  declined: "pm_card_chargeDeclined",
  needsAction: "pm_card_authenticationRequired",
};

const clock = new FixedClock();
const fake = new FakeStripe({ now: () => clock.now() });
let apiBase: string;
beforeAll(async () => {
  apiBase = await fake.start();
});
afterAll(() => fake.stop());

const processorOf = <M extends Mode>(mode: M, timeoutMs = 5_000): StripeProcessor<M> =>
  new StripeProcessor(mode, {
    secretKey: expectOk(parseStripeSecretKey(mode, FAKE_SECRET_KEYS[mode])),
    apiBase,
    timeoutMs,
  });

const accountsOf = <M extends Mode>(mode: M): StripeConnectedAccounts<M> =>
  new StripeConnectedAccounts(mode, {
    secretKey: expectOk(parseStripeSecretKey(mode, FAKE_SECRET_KEYS[mode])),
    apiBase,
  });

// Each suite has ids of its own: the fake remembers the operations of the suite before.
let uniqueIds = 0;
const nextId = () => {
  uniqueIds += 1;
  return `01900000-0000-7000-8fff-${uniqueIds.toString(16).padStart(12, "0")}`;
};

describe.each(["test", "live"] as const)("in %s mode", (mode) => {
  paymentProcessorContract(async () => ({
    processor: processorOf(mode),
    paymentMethods: PAYMENT_METHODS,
    settle: async () => {},
  }));

  let clients = 0;
  connectedAccountsContract(async () => {
    clients += 1;
    const accounts = accountsOf(mode);
    return {
      accounts: {
        mode,
        create: ({ id, ...rest }) => accounts.create({ ...rest, id: `${id}-${clients}` as typeof id }),
        onboardingLink: (account, urls) => accounts.onboardingLink(account, urls),
        status: (account) => accounts.status(account),
      },
      complete: async (account) => void fake.accounts(mode).complete(account),
      disable: async (account) => void fake.accounts(mode).disable(account),
    };
  });
});

const operations = operationsIn("test", nextId);
const charge = () => operations.authorize(PAYMENT_METHODS.approved, "automatic");
const chargesOf = (operation: Operation<"test">) =>
  fake.entries().filter(({ metadata }) => metadata["operation_id"] === operation.id);

describe("a fault of the connection or of Stripe", () => {
  it.each<[StripeFaultName, string, number]>([
    ["drop-before", "outcome-unknown", 0],
    ["drop-after", "outcome-unknown", 1],
    ["hang-before", "outcome-unknown", 0],
    ["hang-after", "outcome-unknown", 1],
    ["error-before", "outcome-unknown", 0],
    ["error-after", "outcome-unknown", 1],
    ["conflict", "outcome-unknown", 0],
    ["rate-limit", "rate-limited", 0],
  ])("%s is %s after %#: %d charges", async (fault, error, charges) => {
    const operation = charge();
    fake.fail(fault);
    expect(expectError(await processorOf("test", 300).execute(operation)).type).toBe(error);
    expect(chargesOf(operation)).toHaveLength(charges);
  });

  it.each<StripeFaultName>(["drop-before", "drop-after", "hang-before", "hang-after", "conflict", "rate-limit"])(
    "%s charges once when the operation is repeated",
    async (fault) => {
      const operation = charge();
      fake.fail(fault);
      await processorOf("test", 300).execute(operation);
      expect(expectOk(await processorOf("test").execute(operation)).outcome).toBe("succeeded");
      expect(chargesOf(operation)).toMatchObject([{ captured: 1_000 }]);
    },
  );

  it("replays a stored server error for 24 hours, and the charge is found after that", async () => {
    const operation = charge();
    fake.fail("error-after");
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(expectError(await processorOf("test").execute(operation)).type).toBe("outcome-unknown");
    }
    expect(chargesOf(operation)).toHaveLength(1);
    expect(expectOk(await processorOf("test").find(operation))).toMatchObject({ outcome: "succeeded" });
  });

  it("is not sent if nothing listens at the address", async () => {
    const secretKey = expectOk(parseStripeSecretKey("test", FAKE_SECRET_KEYS.test));
    for (const nowhere of ["http://127.0.0.1:9", "http://localhost:9", "http://no-such-host.invalid"]) {
      const processor = new StripeProcessor("test", { secretKey, apiBase: nowhere });
      expect(expectError(await processor.execute(charge())).type).toBe("not-sent");
    }
  });

  it("is refused with the name of the variable if the key is wrong", async () => {
    const secretKey = expectOk(parseStripeSecretKey("test", "sk_test_revoked"));
    const error = expectError(await new StripeProcessor("test", { secretKey, apiBase }).execute(charge()));
    expect(error).toEqual({ type: "refused", detail: expect.stringContaining("check that STRIPE_SECRET_KEY") });
  });
});

describe("a payment that the payer confirms in the browser", () => {
  const start = async () => {
    const operation = operations.authorize(null, "automatic");
    const report = expectOk(await processorOf("test").execute(operation));
    return { operation, report, intent: fake.ledger("test").intent(report.payment) };
  };
  const confirm = async (payment: string, clientSecret: string | null, method: string) =>
    fetch(`${apiBase}/v1/payment_intents/${payment}/confirm`, {
      method: "POST",
      headers: { authorization: `Bearer ${FAKE_SECRET_KEYS.test}` },
      body: new URLSearchParams({ client_secret: clientSecret ?? "", payment_method: method }),
    });

  it("returns the client secret, and is pending", async () => {
    const { report, intent } = await start();
    expect(report).toMatchObject({
      outcome: "pending",
      facts: [{ type: "action-required", action: { type: "confirm", clientSecret: intent.client_secret } }],
    });
  });

  it("stays open after a decline, and succeeds with another card", async () => {
    const { operation, report, intent } = await start();
    await confirm(intent.id, intent.client_secret, PAYMENT_METHODS.declined);
    const declined = expectOk(await processorOf("test").find(operation));
    expect(declined?.outcome).toBe("pending");
    expect(declined?.facts).toContainEqual(expect.objectContaining({ type: "declined", final: false }));
    await confirm(intent.id, intent.client_secret, PAYMENT_METHODS.approved);
    expect(expectOk(await processorOf("test").find(operation))?.outcome).toBe("succeeded");
    const { facts } = expectOk(await processorOf("test").retrieve(report.payment, null));
    expect(facts).toContainEqual(expect.objectContaining({ type: "captured", money: operation.money }));
  });
});

describe("a client with a connected account", () => {
  const ids = new SequentialIds();
  const connect = async () => {
    const accounts = accountsOf("test");
    const account = expectOk(await accounts.create({ id: `client-${ids.next()}` as never }));
    return { account, complete: () => fake.accounts("test").complete(account) };
  };

  it("is charged on that account, with the fee", async () => {
    const { account, complete } = await connect();
    complete();
    const operation = { ...charge(), account, fee: 25n };
    const { payment, facts } = expectOk(await processorOf("test").execute(operation));
    expect(chargesOf(operation)).toMatchObject([{ account, captured: 1_000, fee: 25 }]);
    for (const fact of facts) expect(fact.account).toBe(account);
    expect(expectOk(await processorOf("test").retrieve(payment, account)).facts).toEqual(facts);
    expect(expectError(await processorOf("test").retrieve(payment, null)).type).toBe("not-at-processor");
    const refund = { ...operations.refund(payment, 400), account };
    expect(expectOk(await processorOf("test").execute(refund)).outcome).toBe("succeeded");
    expect(expectOk(await processorOf("test").find(refund))?.outcome).toBe("succeeded");
  });

  it("pays no fee above the part that was captured", async () => {
    const { account, complete } = await connect();
    complete();
    const operation = { ...charge(), capture: "manual" as const, account, fee: 600n };
    const { payment } = expectOk(await processorOf("test").execute(operation));
    expectOk(await processorOf("test").execute({ ...operations.capture(payment, 400), account }));
    expect(chargesOf(operation)).toMatchObject([{ captured: 400, fee: 400 }]);
  });

  it("is not charged before Stripe enables charges, nor on an account of another platform", async () => {
    const { account } = await connect();
    const foreign = expectOk(parseProcessorAccount("acct_1foreign"));
    for (const target of [account, foreign]) {
      const operation = { ...charge(), account: target };
      expect(expectError(await processorOf("test").execute(operation)).type).toBe("refused");
      expect(chargesOf(operation)).toEqual([]);
    }
  });

  it("pays no fee without an account, because the payment is the platform's", async () => {
    const operation = { ...charge(), fee: 25n };
    expectOk(await processorOf("test").execute(operation));
    expect(chargesOf(operation)).toMatchObject([{ account: null, fee: 0 }]);
  });
});

describe("a change that Stripe makes on its own", () => {
  it("expires an authorization that nobody captured", async () => {
    const operation = operations.authorize(PAYMENT_METHODS.approved, "manual");
    const { payment } = expectOk(await processorOf("test").execute(operation));
    fake.advanceClock(7 * 24 * 3_600_000);
    const { facts } = expectOk(await processorOf("test").retrieve(payment, null));
    expect(facts.map(({ type }) => type)).toEqual(["authorized", "expired"]);
    expect(expectOk(await processorOf("test").find(operation))?.outcome).toBe("succeeded");
    expect(expectError(await processorOf("test").execute(operations.capture(payment, 1_000))).type).toBe("refused");
  });

  it("reports a dispute and a refund that fails later", async () => {
    const disputed = operations.authorize("pm_card_createDispute", "automatic");
    const { payment } = expectOk(await processorOf("test").execute(disputed));
    expect(expectOk(await processorOf("test").retrieve(payment, null)).facts).toContainEqual(
      expect.objectContaining({ type: "dispute-opened", money: disputed.money }),
    );
    const failing = operations.authorize("pm_card_refundFail", "automatic");
    const paid = expectOk(await processorOf("test").execute(failing));
    const refund = operations.refund(paid.payment, 400);
    expect(expectOk(await processorOf("test").execute(refund)).outcome).toBe("succeeded");
    expect(expectOk(await processorOf("test").find(refund))?.outcome).toBe("declined");
  });
});
