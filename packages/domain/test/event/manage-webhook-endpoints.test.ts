import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ClientId,
  type EncryptedSecret,
  ManageWebhookEndpoints,
  type OverlapSeconds,
  SERVICE,
  type SecretCipher,
  type WebhookSecret,
  type WebhookUrl,
} from "@payments/domain";
import {
  expectError,
  expectOk,
  FixedClock,
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpointRepository,
  InMemoryWebhookStorage,
  SequentialIds,
} from "@payments/domain/testing";
import { err, ok } from "neverthrow";

const client = "client-1" as ClientId;
const fields = { url: "https://hooks.example/", eventTypes: null, description: null };
const cipher: SecretCipher = {
  encrypt: (secret, context) => `${context}/${secret}` as EncryptedSecret,
  decrypt: () => err({ type: "secret-unreadable", missingKeyId: null }),
};

describe("ManageWebhookEndpoints", () => {
  let storage: InMemoryWebhookStorage;
  let endpoints: InMemoryWebhookEndpointRepository;
  let clock: FixedClock;
  beforeEach(() => {
    storage = new InMemoryWebhookStorage();
    clock = new FixedClock();
    endpoints = new InMemoryWebhookEndpointRepository(storage, clock);
  });
  const manage = (configured: SecretCipher | null = cipher): ManageWebhookEndpoints => {
    let generated = 0;
    return new ManageWebhookEndpoints(
      endpoints,
      new InMemoryWebhookDeliveries(storage, clock),
      {
        parseUrl: (raw) =>
          raw.startsWith("https:") ? ok(raw as WebhookUrl) : err({ type: "invalid-value", detail: "must be https" }),
        send: () => {
          throw new Error("not used");
        },
      },
      { generate: () => `whsec_${++generated}` as WebhookSecret },
      configured,
      new SequentialIds(),
      clock,
    );
  };

  it("creates an endpoint and stores its secret encrypted for this endpoint only", async () => {
    const { endpoint, secret } = expectOk(await manage().create(client, fields, SERVICE));
    expect(secret).toBe("whsec_1");
    expect(endpoint).toMatchObject({ ...fields, clientId: client, disabledReason: null });
    const stored = expectOk(await endpoints.find(client, endpoint.id));
    expect(stored.secrets).toEqual({ current: `${endpoint.id}/whsec_1`, former: null });
  });

  it("creates none without a key, and for a refused URL", async () => {
    expect(expectError(await manage(null).create(client, fields, SERVICE))).toEqual({
      type: "encryption-not-configured",
    });
    const refused = { type: "webhook-url-refused", detail: "must be https" };
    expect(expectError(await manage().create(client, { ...fields, url: "http://x/" }, SERVICE))).toEqual(refused);
    expect(expectOk(await endpoints.list(client))).toEqual([]);
  });

  it("changes a URL only to an accepted one", async () => {
    const { endpoint } = expectOk(await manage().create(client, fields, SERVICE));
    expect(expectError(await manage().update(client, endpoint.id, { url: "http://x/" }, SERVICE))).toMatchObject({
      type: "webhook-url-refused",
    });
    expect(expectOk(await manage().update(client, endpoint.id, { url: "https://y/" }, SERVICE)).url).toBe("https://y/");
    expect(expectOk(await manage().update(client, endpoint.id, { disabledReason: "client" }, SERVICE))).toMatchObject({
      url: "https://y/",
      disabledReason: "client",
    });
  });

  it("rotates a secret, with a key only", async () => {
    const { endpoint } = expectOk(await manage().create(client, fields, SERVICE));
    const rotated = expectOk(await manage().rotateSecret(client, endpoint.id, 60 as OverlapSeconds, SERVICE));
    expect(rotated.endpoint.secrets).toEqual({
      current: `${endpoint.id}/${rotated.secret}`,
      former: { secret: `${endpoint.id}/whsec_1`, endsAt: new Date(clock.now().getTime() + 60_000) },
    });
    expect(expectError(await manage(null).rotateSecret(client, endpoint.id, 0 as OverlapSeconds, SERVICE))).toEqual({
      type: "encryption-not-configured",
    });
  });

  it("delivers a test event with the endpoint, and stores it in no feed", async () => {
    const { endpoint } = expectOk(await manage().create(client, { ...fields, eventTypes: ["refund.failed"] }, SERVICE));
    const delivery = expectOk(await manage().test(client, endpoint.id, "test"));
    expect(delivery).toMatchObject({ endpointId: endpoint.id, eventType: "webhook_endpoint.test", state: "pending" });
    expect(storage.events).toEqual([]);
    expect(storage.deliveries[0]?.event).toMatchObject({ mode: "test", object: { id: endpoint.id } });
  });

  it.each([
    ["a minute ahead, as another clock may be", 60_000, null],
    ["further in the future", 60_001, "must not be in the future"],
    ["before the oldest kept event", -100 * 86_400_000, null],
  ])("replays from a time that is %s", async (_, offsetMs, detail) => {
    const { endpoint } = expectOk(await manage().create(client, fields, SERVICE));
    const since = new Date(clock.now().getTime() + offsetMs);
    const replayed = await manage().replay(client, endpoint.id, since);
    if (detail === null) expectOk(replayed);
    else expect(expectError(replayed)).toEqual({ type: "replay-time-refused", detail });
  });
});
