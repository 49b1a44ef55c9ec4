import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type AuthenticatedClient,
  CreatePayment,
  type CreatePaymentCommand,
  parseAmount,
  parseCurrency,
  parseDescription,
  parseIdempotencyKey,
  parseMetadata,
} from "@payments/domain";
import {
  aClient,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryClientRepository,
  InMemoryPaymentRepository,
  InMemoryStorage,
  SeededApiKeys,
  SequentialIds,
} from "@payments/domain/testing";

describe("CreatePayment", () => {
  const clock = new FixedClock();
  const apiKey = new SeededApiKeys().generate();
  let storage: InMemoryStorage;
  let client: AuthenticatedClient;
  let createPayment: CreatePayment;
  beforeEach(async () => {
    storage = new InMemoryStorage();
    await new InMemoryClientRepository(storage, clock).create(aClient({ id: "client-1" }), apiKey);
    client = (await new InMemoryApiKeyAuthenticator(storage, clock).authenticate(apiKey))._unsafeUnwrap();
    createPayment = new CreatePayment(new InMemoryPaymentRepository(storage, clock), new SequentialIds(), clock);
  });

  const command = (fields: Partial<CreatePaymentCommand> = {}): CreatePaymentCommand => ({
    client,
    money: { amount: parseAmount(1250)._unsafeUnwrap(), currency: parseCurrency("eur")._unsafeUnwrap() },
    description: parseDescription("Invoice 42")._unsafeUnwrap(),
    metadata: parseMetadata({ a: "1", b: "2" })._unsafeUnwrap(),
    idempotencyKey: parseIdempotencyKey("key-1")._unsafeUnwrap(),
    ...fields,
  });

  it("stores the payment under the authenticated client, with id and time from the ports", async () => {
    const { payment, replayed } = (await createPayment.execute(command()))._unsafeUnwrap();
    expect(replayed).toBe(false);
    expect(payment).toEqual({
      id: "pay_01j0000000e008000000000001",
      clientId: "client-1",
      money: { amount: 1250n, currency: "EUR" },
      description: "Invoice 42",
      metadata: { a: "1", b: "2" },
      status: "created",
      createdAt: clock.now(),
    });
    expect(storage.payments.map((stored) => stored.payment)).toEqual([payment]);
  });

  it("returns the first payment for the same request with the same idempotency key", async () => {
    const first = (await createPayment.execute(command()))._unsafeUnwrap().payment;
    clock.advance(1_000);
    const reordered = parseMetadata({ b: "2", a: "1" })._unsafeUnwrap();
    const again = (await createPayment.execute(command({ metadata: reordered })))._unsafeUnwrap();
    expect(again).toEqual({ payment: first, replayed: true });
  });

  it.each([
    ["amount", { money: { amount: 1n, currency: parseCurrency("EUR")._unsafeUnwrap() } }],
    ["currency", { money: { amount: 1250n, currency: parseCurrency("USD")._unsafeUnwrap() } }],
    ["description", { description: null }],
    ["metadata value", { metadata: parseMetadata({ a: "1", b: "3" })._unsafeUnwrap() }],
    ["metadata key", { metadata: parseMetadata({ a: "1", c: "2" })._unsafeUnwrap() }],
    ["number of metadata pairs", { metadata: parseMetadata({ a: "1", b: "2", c: "3" })._unsafeUnwrap() }],
    ["fewer metadata pairs", { metadata: parseMetadata({ a: "1" })._unsafeUnwrap() }],
  ])("rejects a reused idempotency key with a different %s", async (_, fields) => {
    await createPayment.execute(command());
    expect((await createPayment.execute(command(fields)))._unsafeUnwrapErr()).toEqual({
      type: "idempotency-key-reused",
    });
    expect(storage.payments).toHaveLength(1);
  });

  it("creates two payments for two equal requests without an idempotency key", async () => {
    await createPayment.execute(command({ idempotencyKey: null }));
    await createPayment.execute(command({ idempotencyKey: null }));
    expect(storage.payments).toHaveLength(2);
  });

  it("stores nothing if the key was revoked after the authentication", async () => {
    await new InMemoryClientRepository(storage, clock).revokeApiKey(client.clientId, clock.now());
    expect((await createPayment.execute(command()))._unsafeUnwrapErr()).toEqual({ type: "credential-not-current" });
    expect(storage.payments).toEqual([]);
  });
});
