import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type AttemptOutcome,
  type ClientId,
  CONNECTIONS_PER_ENDPOINT,
  DeliverWebhooks,
  DISABLE_AFTER_MS,
  type EncryptedSecret,
  SERVICE,
  type SecretCipher,
  type WebhookRequest,
  type WebhookSender,
} from "@payments/domain";
import {
  anEvent,
  aWebhookEndpoint,
  expectError,
  expectOk,
  FixedClock,
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpointRepository,
  InMemoryWebhookStorage,
  SequentialIds,
} from "@payments/domain/testing";
import { err, ok, ResultAsync } from "neverthrow";

const HOUR_MS = 3_600_000;
const client = "client-1" as ClientId;
const SUCCESS: AttemptOutcome = { type: "responded", status: 200, response: "", retryAfterMs: null };
const FAILURE: AttemptOutcome = { type: "failed", reason: "timeout" };

/** Decrypts `<context>/<secret>`. */
const cipher: SecretCipher = {
  encrypt: (secret, context) => `${context}/${secret}` as EncryptedSecret,
  decrypt: (encrypted, context) =>
    encrypted.startsWith(`${context}/`)
      ? ok(encrypted.slice(context.length + 1))
      : err({ type: "secret-unreadable", missingKeyId: "00000000" }),
};

describe("DeliverWebhooks", () => {
  let clock: FixedClock;
  let storage: InMemoryWebhookStorage;
  let endpoints: InMemoryWebhookEndpointRepository;
  let deliver: DeliverWebhooks;
  let sent: WebhookRequest[];
  let inFlight: number;
  let mostInFlight: number;
  /** How far the clock was put forward. */
  let clockOffsetMs: number;
  let respond: (request: WebhookRequest, count: number) => AttemptOutcome;
  const ids = new SequentialIds();

  beforeEach(() => {
    clock = new FixedClock();
    storage = new InMemoryWebhookStorage();
    endpoints = new InMemoryWebhookEndpointRepository(storage, clock);
    sent = [];
    inFlight = 0;
    mostInFlight = 0;
    clockOffsetMs = 0;
    respond = () => SUCCESS;
    const sender: WebhookSender = {
      parseUrl: () => {
        throw new Error("not used");
      },
      send: (request) => {
        sent.push(request);
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        const outcome = respond(request, sent.length);
        const answered = async (): Promise<AttemptOutcome> => {
          await new Promise(setImmediate);
          inFlight -= 1;
          return outcome;
        };
        return ResultAsync.fromSafePromise(answered());
      },
    };
    const deliveries = new InMemoryWebhookDeliveries(storage, clock);
    const random = () => 0;
    const stopwatchMs = () => clock.now().getTime() - clockOffsetMs;
    deliver = new DeliverWebhooks(deliveries, sender, cipher, ids, clock, random, stopwatchMs);
  });

  const create = async (secrets?: Parameters<typeof aWebhookEndpoint>[0]["secrets"]) => {
    const uuid = ids.next();
    const { id } = aWebhookEndpoint({ uuid, clientId: client });
    const endpoint = aWebhookEndpoint({
      uuid,
      clientId: client,
      secrets: secrets ?? { current: cipher.encrypt("whsec_current", id), former: null },
    });
    expectOk(await endpoints.create(endpoint, SERVICE));
    return endpoint;
  };
  const store = (count = 1) => {
    for (let n = 0; n < count; n++) storage.events.push(anEvent({ uuid: ids.next(), clientId: client }));
  };
  const turnOf = async (condition: "healthy" | "failing" = "healthy") => {
    const [turn] = expectOk(await deliver.claim(condition, 1));
    if (turn === undefined) throw new Error(`There is no ${condition} turn`);
    return turn;
  };

  it("sends the body with the event's id and the time of the attempt", async () => {
    const endpoint = await create();
    store();
    const report = expectOk(await deliver.run(await turnOf()));
    expect(sent).toEqual([
      {
        url: endpoint.url,
        id: storage.events[0]?.id,
        sentAt: clock.now(),
        body: expect.stringContaining(storage.events[0]?.id ?? ""),
        secrets: ["whsec_current"],
      },
    ]);
    expect(report).toMatchObject({ hasMore: false, result: { condition: "healthy", disable: null } });
  });

  it("signs with both secrets during an overlap, and with one after it", async () => {
    const uuid = ids.next();
    const { id } = aWebhookEndpoint({ uuid, clientId: client });
    const endsAt = new Date(clock.now().getTime() + 60_000);
    const secrets = {
      current: cipher.encrypt("whsec_new", id),
      former: { secret: cipher.encrypt("whsec_old", id), endsAt },
    };
    expectOk(await endpoints.create(aWebhookEndpoint({ uuid, clientId: client, secrets }), SERVICE));
    store();
    expectOk(await deliver.run(await turnOf()));
    clock.advance(60_000);
    store();
    expectOk(await deliver.run(await turnOf()));
    expect(sent.map((request) => request.secrets)).toEqual([["whsec_new", "whsec_old"], ["whsec_new"]]);
  });

  it("sends nothing with a secret that no key decrypts", async () => {
    await create({ current: "elsewhere/whsec" as EncryptedSecret, former: null });
    store();
    expect(expectError(await deliver.run(await turnOf()))).toEqual({
      type: "secret-unreadable",
      missingKeyId: "00000000",
    });
    expect(sent).toEqual([]);
  });

  it("opens a bounded number of connections to one endpoint", async () => {
    await create();
    store(CONNECTIONS_PER_ENDPOINT * 3);
    expectOk(await deliver.run(await turnOf()));
    expect(sent).toHaveLength(CONNECTIONS_PER_ENDPOINT * 3);
    expect(mostInFlight).toBe(CONNECTIONS_PER_ENDPOINT);
  });

  it("starts no further attempt after a failure, and then sends one a turn", async () => {
    await create();
    store(40);
    respond = () => FAILURE;
    const first = expectOk(await deliver.run(await turnOf()));
    expect(sent).toHaveLength(CONNECTIONS_PER_ENDPOINT);
    expect(first).toMatchObject({ hasMore: true, result: { condition: "failing" } });
    expectOk(await deliver.run(await turnOf("failing")));
    expect(sent).toHaveLength(CONNECTIONS_PER_ENDPOINT + 1);
    respond = () => SUCCESS;
    expectOk(await deliver.run(await turnOf("failing")));
    expect((await turnOf("healthy")).deliveries).toHaveLength(40 - CONNECTIONS_PER_ENDPOINT - 2);
  });

  it("starts no attempt 10 seconds after the begin of a turn, so that the lease outlasts it", async () => {
    await create();
    store(60);
    respond = () => {
      clock.advance(1_000);
      return SUCCESS;
    };
    const report = expectOk(await deliver.run(await turnOf()));
    expect(sent.length).toBeLessThan(30);
    expect(report.hasMore).toBe(true);
  });

  it("keeps the lease of a turn in progress, for about a minute", async () => {
    await create();
    store();
    const claims: ReturnType<typeof deliver.claim>[] = [];
    respond = () => {
      for (let seconds = 0; seconds < 90; seconds += 15) {
        clock.advance(15_000);
        deliver.renew();
        if (claims.length < 3 || seconds === 75) claims.push(deliver.claim("healthy", 1));
      }
      return SUCCESS;
    };
    expectOk(await deliver.run(await turnOf()));
    const claimed = await Promise.all(claims);
    expect(claimed.map((turns) => expectOk(turns).length)).toEqual([0, 0, 0, 1]);
  });

  it("lets the lease of a turn end that met a bug", async () => {
    await create();
    store();
    respond = () => {
      throw new Error("a bug");
    };
    await expect(deliver.run(await turnOf())).rejects.toThrow("a bug");
    clock.advance(15_000);
    expectOk(await deliver.renew());
    clock.advance(15_000);
    await turnOf();
  });

  it("ends a turn and measures an attempt by the stopwatch while the clock jumps back", async () => {
    await create();
    store(60);
    respond = () => {
      clock.advance(1_000 - HOUR_MS);
      clockOffsetMs -= HOUR_MS;
      return SUCCESS;
    };
    const { result } = expectOk(await deliver.run(await turnOf()));
    expect(sent.length).toBeLessThan(30);
    for (const { attempt } of result.attempted) {
      expect(attempt.durationMs).toBeGreaterThanOrEqual(0);
      expect(attempt.durationMs).toBeLessThanOrEqual(30_000);
    }
  });

  it("disables an endpoint that answers 410, and says so with an event", async () => {
    const { id } = await create();
    store();
    respond = () => ({ ...SUCCESS, status: 410 }) as AttemptOutcome;
    const { result } = expectOk(await deliver.run(await turnOf()));
    expect(result.disable?.reason).toBe("gone");
    expect(expectOk(await endpoints.find(client, id)).disabledReason).toBe("gone");
    expect(storage.events.at(-1)).toMatchObject({
      type: "webhook_endpoint.disabled",
      clientId: client,
      mode: "live",
      object: { id, status: "disabled", disabledReason: "gone" },
    });
  });

  it("disables an endpoint that fails for five days without a success", async () => {
    const { id } = await create();
    respond = () => FAILURE;
    store();
    expectOk(await deliver.run(await turnOf()));
    clock.advance(DISABLE_AFTER_MS - 1);
    expect(expectOk(await deliver.run(await turnOf("failing"))).result.disable).toBeNull();
    clock.advance(1);
    store();
    expect(expectOk(await deliver.run(await turnOf("failing"))).result.disable?.reason).toBe("failing");
    expect(expectOk(await endpoints.find(client, id)).disabledReason).toBe("failing");
  });
});
