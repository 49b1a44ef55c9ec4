import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type AnyAuthorization,
  ApplyNotification,
  type Fact,
  type Notification,
  type Payment,
  type ProcessorAccount,
  ReceiveNotification,
  type RefreshAccount,
} from "@payments/domain";
import {
  aClient,
  aFact,
  anActor,
  aPayment,
  aReference,
  euros,
  expectError,
  expectOk,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryChargeRepository,
  InMemoryClientRepository,
  InMemoryPaymentProcessor,
  InMemoryProcessorNotifications,
  InMemoryReceivedNotifications,
  InMemoryStorage,
  operationsIn,
  SeededApiKeys,
  SequentialIds,
} from "@payments/domain/testing";
import { errAsync, okAsync } from "neverthrow";

const LEASE_MS = 60_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let clock: FixedClock;
let storage: InMemoryStorage;
let charges: InMemoryChargeRepository;
let received: InMemoryReceivedNotifications;
let notifications: InMemoryProcessorNotifications;
let processor: InMemoryPaymentProcessor<"test">;
let refreshed: ProcessorAccount[];
let refreshAccount: RefreshAccount;

beforeEach(() => {
  clock = new FixedClock();
  storage = new InMemoryStorage();
  charges = new InMemoryChargeRepository(storage, clock);
  received = new InMemoryReceivedNotifications(clock);
  notifications = new InMemoryProcessorNotifications();
  processor = new InMemoryPaymentProcessor("test", clock);
  refreshed = [];
  refreshAccount = (_, account) => {
    refreshed.push(account);
    return okAsync(undefined);
  };
});

const ids = new SequentialIds();
const operations = operationsIn("test", () => ids.next());
const client = aClient({ id: "client-1", mode: "test" });

/** A payment that the service stored but whose processor did not answer yet. */
const storePayment = async (): Promise<Payment> => {
  const apiKey = new SeededApiKeys().generate();
  await new InMemoryClientRepository(storage, clock).create(client, apiKey, anActor, null);
  const { credential } = expectOk(await new InMemoryApiKeyAuthenticator(storage, clock).authenticate(apiKey));
  const payment = aPayment({ uuid: ids.next(), clientId: client.id, amount: "1000" });
  const authorization: AnyAuthorization = {
    ...operations.authorize("approved", "automatic"),
    paymentId: payment.id,
    clientId: client.id,
  };
  expectOk(await charges.create(payment, authorization, credential, null, LEASE_MS));
  return payment;
};

const receive = async (...says: readonly Notification[]) => {
  const { rawBody, headers } = notifications.send(says, clock.now());
  return new ReceiveNotification("in-memory", notifications, received, clock).execute(rawBody, headers);
};

/** Applies what is due. */
const work = async () => {
  const apply = new ApplyNotification(
    notifications,
    received,
    charges,
    { live: null, test: processor },
    (mode, account) => refreshAccount(mode, account),
    clock,
  );
  const claimed = expectOk(await received.claim(10, LEASE_MS));
  return Promise.all(claimed.map((notification) => apply.execute(notification)));
};

const facts: readonly Fact[] = [aFact("authorized", "charge", euros(1_000)), aFact("captured", "charge", euros(1_000))];
const payment = aReference("pi_1");
const notice = (owner: Payment | null, id = "evt_1"): Notification => ({
  type: "facts",
  id,
  payment,
  owner: owner && { clientId: owner.clientId, paymentId: owner.id },
  facts,
});
const chargeOf = async ({ id }: Payment) => expectOk(await charges.find(client.id, [id])).get(id);

describe("a notification about a payment", () => {
  it("brings its facts to the payment, whose id at the processor is then known", async () => {
    const stored = await storePayment();
    expect(expectOk(await receive(notice(stored)))).toBe(true);
    expect((await chargeOf(stored))?.state.status).toBe("processing");
    expect((await work()).map(expectOk)).toEqual(["applied"]);
    expect(await chargeOf(stored)).toMatchObject({
      processorPayment: "pi_1",
      state: { status: "succeeded", amountCaptured: 1_000n },
    });
    expect(await work()).toEqual([]);
  });

  it("changes nothing the second time, nor when another notification says the same", async () => {
    const stored = await storePayment();
    await receive(notice(stored));
    await work();
    const charge = await chargeOf(stored);
    await receive(notice(stored));
    await receive(notice(stored, "evt_2"));
    expect((await work()).map(expectOk)).toEqual(["applied"]);
    expect(await chargeOf(stored)).toEqual(charge);
  });

  it("of another payment of the processor that names this one changes nothing", async () => {
    const stored = await storePayment();
    await receive({ ...notice(stored), facts: facts.slice(0, 1) } as Notification);
    await work();
    const charge = await chargeOf(stored);
    await receive({ ...notice(stored, "evt_2"), payment: aReference("pi_2") } as Notification);
    expect((await work()).map(expectOk)).toEqual(["unmatched"]);
    expect(await chargeOf(stored)).toEqual(charge);
    expect(charge?.state.status).toBe("authorized");
  });

  it("that comes before the payment is stored waits for it", async () => {
    const late = aPayment({ uuid: "01900000-0000-7000-8000-0000000000ff", clientId: client.id });
    await receive(notice(late));
    expect((await work()).map(expectOk)).toEqual(["unmatched"]);
    expect(await work()).toEqual([]);
    clock.advance(500);
    expect(await work()).toHaveLength(1);
    clock.advance(500);
    expect(await work()).toEqual([]);
    clock.advance(500);
    expect(await work()).toHaveLength(1);
  });

  it("of nothing that this service knows is tried for a day", async () => {
    await receive(notice(null));
    let attempts = 0;
    for (let minutes = 0; minutes < 2 * 24 * 60; minutes++) {
      attempts += (await work()).length;
      clock.advance(MINUTE_MS);
    }
    expect(attempts).toBeGreaterThan(20);
    expect(attempts).toBeLessThan(60);
    clock.advance(10 * DAY_MS);
    expect(await work()).toEqual([]);
  });

  it("without our ids finds the payment by the processor's id", async () => {
    const stored = await storePayment();
    received.owners.set(payment, { clientId: stored.clientId, paymentId: stored.id });
    await receive(notice(null));
    expect((await work()).map(expectOk)).toEqual(["applied"]);
    expect((await chargeOf(stored))?.state.status).toBe("succeeded");
  });

  it("of another mode or account becomes a discrepancy, and moves nothing", async () => {
    const stored = await storePayment();
    const [authorized] = facts as [Fact];
    const strange: readonly Fact[] = [
      { ...authorized, mode: "live" },
      { ...authorized, reference: aReference("other"), account: "acct_other" as ProcessorAccount },
    ];
    await receive({ ...notice(stored), facts: strange } as Notification);
    await work();
    const charge = await chargeOf(stored);
    expect(charge?.state).toMatchObject({ status: "processing", amountAuthorized: 0n });
    expect(charge?.state.discrepancies.map(({ reason }) => reason).sort()).toEqual(["wrong-account", "wrong-mode"]);
  });

  it("that carries an id only leads to a lookup", async () => {
    const stored = await storePayment();
    const operation = { ...operations.authorize("approved", "automatic"), paymentId: stored.id, clientId: client.id };
    const { payment: reference } = expectOk(await processor.execute(operation));
    received.owners.set(reference, { clientId: client.id, paymentId: stored.id });
    await receive({ type: "changed", id: "evt_1", mode: "test", account: null, payment: reference });
    expect((await work()).map(expectOk)).toEqual(["applied"]);
    expect((await chargeOf(stored))?.state.amountCaptured).toBe(1_000n);
  });
});

describe("a notification about a connected account", () => {
  const account = "acct_1" as ProcessorAccount;
  const changed: Notification = { type: "account-changed", id: "evt_1", mode: "test", account };

  it("leads to a look at the account", async () => {
    await receive(changed);
    expect((await work()).map(expectOk)).toEqual(["applied"]);
    expect(refreshed).toEqual([account]);
  });

  it("is tried again after an error of the processor", async () => {
    refreshAccount = () => errAsync({ type: "not-sent", cause: "away" });
    await receive(changed);
    expect((await work()).map((result) => expectError(result).type)).toEqual(["not-sent"]);
    refreshAccount = () => okAsync(undefined);
    clock.advance(500);
    expect((await work()).map(expectOk)).toEqual(["applied"]);
  });
});

describe("a notification that is received", () => {
  it("is not stored if it is not authentic, or says nothing about payments", async () => {
    const { rawBody } = notifications.send([notice(null)], clock.now());
    const receiver = new ReceiveNotification("in-memory", notifications, received, clock);
    expect(expectError(await receiver.execute(rawBody, {})).type).toBe("notification-not-authentic");
    expect(expectOk(await receive())).toBe(false);
    expect(await work()).toEqual([]);
  });
});
