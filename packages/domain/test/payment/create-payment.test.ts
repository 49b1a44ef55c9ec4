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
  anActor,
  expectError,
  expectOk,
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
    await new InMemoryClientRepository(storage, clock).create(aClient({ id: "client-1" }), apiKey, anActor, null);
    client = expectOk(await new InMemoryApiKeyAuthenticator(storage, clock).authenticate(apiKey));
    createPayment = new CreatePayment(new InMemoryPaymentRepository(storage, clock), new SequentialIds(), clock);
  });

  const command = (fields: Partial<CreatePaymentCommand> = {}): CreatePaymentCommand => ({
    client,
    money: { amount: expectOk(parseAmount(1250)), currency: expectOk(parseCurrency("eur")) },
    description: expectOk(parseDescription("Invoice 42")),
    metadata: expectOk(parseMetadata({ a: "1", b: "2" })),
    idempotencyKey: expectOk(parseIdempotencyKey("key-1")),
    ...fields,
  });

  it("stores the payment under the authenticated client, with id and time from the ports", async () => {
    const { payment, replayed } = expectOk(await createPayment.execute(command()));
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
    const first = expectOk(await createPayment.execute(command())).payment;
    clock.advance(1_000);
    const reordered = expectOk(parseMetadata({ b: "2", a: "1" }));
    const again = expectOk(await createPayment.execute(command({ metadata: reordered })));
    expect(again).toEqual({ payment: first, replayed: true });
  });

  it.each([
    ["amount", { money: { amount: 1n, currency: expectOk(parseCurrency("EUR")) } }],
    ["currency", { money: { amount: 1250n, currency: expectOk(parseCurrency("USD")) } }],
    ["description", { description: null }],
    ["metadata value", { metadata: expectOk(parseMetadata({ a: "1", b: "3" })) }],
    ["metadata key", { metadata: expectOk(parseMetadata({ a: "1", c: "2" })) }],
    ["number of metadata pairs", { metadata: expectOk(parseMetadata({ a: "1", b: "2", c: "3" })) }],
    ["fewer metadata pairs", { metadata: expectOk(parseMetadata({ a: "1" })) }],
  ])("rejects a reused idempotency key with a different %s", async (_, fields) => {
    await createPayment.execute(command());
    expect(expectError(await createPayment.execute(command(fields)))).toEqual({
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
    await new InMemoryClientRepository(storage, clock).revokeApiKey(client.clientId, clock.now(), anActor);
    expect(expectError(await createPayment.execute(command()))).toEqual({ type: "credential-not-current" });
    expect(storage.payments).toEqual([]);
  });
});
