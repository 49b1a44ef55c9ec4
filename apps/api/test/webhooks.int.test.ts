import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ClientEvent } from "@payments/domain";
import { anEvent } from "@payments/domain/testing";
import { Webhook } from "standardwebhooks";
import { insertEvent } from "../../../test/support/insert-event.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";
import { undoAfterEach } from "../../../test/support/undo-after-each.ts";
import { until } from "../../../test/support/until.ts";
import { type Receiver, type Respond, startReceiver } from "../../../test/support/webhook-receiver.ts";

const ENCRYPTION_KEY = randomBytes(32).toString("base64");

let database: TestDatabase;
/** Two processes share the database. */
let services: readonly [TestService, TestService];
beforeAll(async () => {
  database = await createTestDatabase();
  const start = () =>
    startService(database.url, { ENCRYPTION_KEY }, (config) => ({
      ...config,
      webhooks: { ...config.webhooks, plainHttpToLoopback: true },
    }));
  services = [await start(), await start()];
});
afterAll(async () => {
  for (const service of services) await service.stop();
  await database.drop();
});

const using = undoAfterEach();

interface Tenant {
  readonly id: string;
  send(method: string, path: string, body?: unknown): ReturnType<TestService["request"]>;
  /** Registers the receiver. Returns the path of the endpoint and its secret. */
  register(receiver: Receiver, fields?: object): Promise<{ readonly path: string; readonly secret: string }>;
  event(fields?: Partial<Parameters<typeof anEvent>[0]>): Promise<ClientEvent>;
  deliveries(path: string): Promise<readonly { id: string; status: string; attempts: readonly object[] }[]>;
}

interface ReceivedEvent {
  readonly type: string;
  readonly sequence: number;
  readonly data: { readonly object: object };
}

const createTenant = async (): Promise<Tenant> => {
  const [service] = services;
  const { id, apiKey } = await service.createClient("test");
  const send: Tenant["send"] = (method, path, body) =>
    service.request(method, path, { ...(body !== undefined && { body }), headers: { "x-api-key": apiKey } });
  return {
    id,
    send,
    register: async (receiver, fields = {}) => {
      const url = `http://127.0.0.1:${receiver.port}/hook`;
      const { status, body } = await send("POST", "/webhook-endpoints", { url, ...fields });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return { path: `/webhook-endpoints/${body.id}`, secret: body.secret };
    },
    event: async (fields = {}) => {
      const event = anEvent({ uuid: randomUUID(), clientId: id, mode: "test", createdAt: new Date(), ...fields });
      await insertEvent(database.knex, event);
      return event;
    },
    deliveries: async (path) => (await send("GET", `${path}/deliveries`)).body.data,
  };
};

const receive = async (respond?: Respond): Promise<Receiver> =>
  using(await startReceiver(respond), (receiver) => receiver.close());

const idsOf = (receiver: Receiver): readonly string[] =>
  receiver.requests.map(({ headers }) => headers["webhook-id"] ?? "");

describe("webhooks", () => {
  it("deliver every event once, with a signature that standardwebhooks verifies", async () => {
    const tenant = await createTenant();
    const receiver = await receive();
    const { secret } = await tenant.register(receiver);
    const events: string[] = [];
    for (let sequence = 1; sequence <= 100; sequence++) events.push((await tenant.event({ sequence })).id);
    await until("all events arrive", () => receiver.requests.length >= 100);
    expect(idsOf(receiver).toSorted()).toEqual(events.toSorted());
    for (const { body, headers } of receiver.requests) {
      const verified = new Webhook(secret).verify(body, headers) as { id: string };
      expect(verified.id).toBe(headers["webhook-id"]);
    }
  });

  it("carry every event of a payment's lifecycle, in an order that the sequence restores", async () => {
    const tenant = await createTenant();
    const receiver = await receive();
    const { secret } = await tenant.register(receiver);
    const payment = { amount: 1_000, currency: "EUR", paymentMethod: "pm_card_visa", capture: "manual" };
    const { body: created } = await tenant.send("POST", "/payments/create", payment);
    await tenant.send("POST", `/payments/${created.id}/capture`, {});
    const { body: refund } = await tenant.send("POST", `/payments/${created.id}/refunds`, { amount: 400 });
    const expected = await database.knex("events").where({ client_id: tenant.id }).orderBy("sequence");
    await until("all events arrive", () => receiver.requests.length >= expected.length);
    const events = receiver.requests
      .map(({ body, headers }) => new Webhook(secret).verify(body, headers) as ReceivedEvent)
      .toSorted((one, other) => one.sequence - other.sequence);
    expect(events.map(({ sequence }) => sequence)).toEqual(expected.map(({ sequence }) => sequence));
    expect(events.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["payment.created", "payment.authorized", "payment.succeeded", "refund.succeeded"]),
    );
    const last = events.findLast(({ type }) => type.startsWith("payment."));
    expect(last?.data.object).toMatchObject({ id: created.id, status: "succeeded", amountCaptured: 1_000 });
    const refunded = events.find(({ type }) => type === "refund.succeeded");
    expect(refunded?.data.object).toEqual({ ...refund, status: "succeeded" });
    expect(receiver.requests).toHaveLength(expected.length);
  });

  it("store no secret in plain text", async () => {
    const tenant = await createTenant();
    const { path, secret } = await tenant.register(await receive());
    await tenant.send("POST", `${path}/rotate-secret`, { overlapSeconds: 60 });
    const rows = await database.knex("webhook_endpoints").where({ client_id: tenant.id });
    expect(rows).toHaveLength(1);
    expect(rows[0].secret).toMatch(/^aes-256-gcm:[0-9a-f]{8}:/);
    expect(rows[0].former_secret).toMatch(/^aes-256-gcm:[0-9a-f]{8}:/);
    expect(JSON.stringify(rows)).not.toContain(secret.slice("whsec_".length));
  });

  it("are signed with both secrets during an overlap", async () => {
    const tenant = await createTenant();
    const receiver = await receive();
    const { path, secret } = await tenant.register(receiver);
    const { body } = await tenant.send("POST", `${path}/rotate-secret`, { overlapSeconds: 60 });
    await tenant.event();
    await until("the event arrives", () => receiver.requests.length === 1);
    const [request] = receiver.requests;
    for (const one of [secret, body.secret]) {
      new Webhook(one).verify(request?.body ?? "", request?.headers as Record<string, string>);
    }
  });

  it("are repeated after a failure, with the same id, and show each attempt", async () => {
    const tenant = await createTenant();
    let count = 0;
    const receiver = await receive((response) => {
      count += 1;
      if (count === 1) response.socket?.resetAndDestroy();
      else response.writeHead(count === 2 ? 503 : 204).end();
    });
    const { path } = await tenant.register(receiver);
    const event = await tenant.event();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until(`attempt ${attempt} is stored`, async () => {
        const [delivery] = await tenant.deliveries(path);
        return delivery?.attempts.length === attempt;
      });
      await database.knex("webhook_deliveries").whereNotNull("next_attempt_at").where({ client_id: tenant.id }).update({
        next_attempt_at: new Date(),
      });
    }
    expect(idsOf(receiver)).toEqual([event.id, event.id, event.id]);
    expect(await tenant.deliveries(path)).toMatchObject([
      {
        id: event.id,
        status: "succeeded",
        attempts: [
          { failure: "connection-lost", responseStatus: null },
          { failure: null, responseStatus: 503 },
          { failure: null, responseStatus: 204 },
        ],
      },
    ]);
  });

  it("wait 5 seconds after a first failure, and as long as Retry-After asks", async () => {
    const tenant = await createTenant();
    const [failing, busy] = [
      await receive((response) => response.writeHead(500).end()),
      await receive((response) => response.writeHead(429, { "retry-after": "3600" }).end()),
    ];
    const paths = [(await tenant.register(failing)).path, (await tenant.register(busy)).path];
    await tenant.event();
    const waits: number[] = [];
    for (const path of paths) {
      await until("the attempt is stored", async () => (await tenant.deliveries(path))[0]?.attempts.length === 1);
      const { body } = await tenant.send("GET", `${path}/deliveries`);
      const [{ nextAttemptAt, attempts }] = body.data;
      waits.push((Date.parse(nextAttemptAt) - Date.parse(attempts[0].startedAt)) / 1_000);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(5);
    expect(waits[0]).toBeLessThan(16);
    expect(waits[1]).toBeGreaterThanOrEqual(3_600);
    expect(waits[1]).toBeLessThan(4_330);
  });

  it("count a redirect as a failure and do not follow it", async () => {
    const tenant = await createTenant();
    const target = await receive();
    const receiver = await receive((response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    const { path } = await tenant.register(receiver);
    await tenant.event();
    await until("the attempt is stored", async () => (await tenant.deliveries(path))[0]?.attempts.length === 1);
    expect(await tenant.deliveries(path)).toMatchObject([{ status: "pending", attempts: [{ responseStatus: 307 }] }]);
    expect(target.connections()).toBe(0);
  });

  it("end with 410, and the client's other endpoints learn of it", async () => {
    const tenant = await createTenant();
    const gone = await receive((response) => response.writeHead(410).end());
    const other = await receive();
    const { path } = await tenant.register(gone);
    const { secret } = await tenant.register(other, { eventTypes: ["webhook_endpoint.disabled"] });
    await tenant.event();
    await until("the other endpoint gets the event", () => other.requests.length === 1);
    const [request] = other.requests;
    const event = new Webhook(secret).verify(request?.body ?? "", request?.headers as Record<string, string>);
    expect(event).toMatchObject({
      type: "webhook_endpoint.disabled",
      mode: "test",
      data: { object: { id: path.split("/").at(-1), status: "disabled", disabledReason: "gone" } },
    });
    expect((await tenant.send("GET", path)).body).toMatchObject({ status: "disabled", disabledReason: "gone" });
    await tenant.event();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(gone.requests).toHaveLength(1);
  });

  it("reach other endpoints while one never answers", async () => {
    const tenants = [await createTenant(), await createTenant()] as const;
    const dead = await receive(() => undefined);
    const healthy = await receive();
    await tenants[0].register(dead);
    await tenants[1].register(healthy);
    for (let count = 0; count < 30; count++) await tenants[0].event();
    await until("the dead receiver is called", () => dead.requests.length > 0);
    const began = performance.now();
    for (let count = 0; count < 30; count++) await tenants[1].event();
    await until("the healthy receiver gets its events", () => healthy.requests.length === 30, 10_000);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("end when the endpoint is deleted during a delivery", async () => {
    const tenant = await createTenant();
    let finish: () => void = () => undefined;
    const receiver = await receive((response) => {
      finish = () => response.end("late");
    });
    const { path } = await tenant.register(receiver);
    await tenant.event();
    await until("the request arrives", () => receiver.requests.length === 1);
    expect((await tenant.send("DELETE", path)).status).toBe(204);
    finish();
    await tenant.event();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(receiver.requests).toHaveLength(1);
    expect((await tenant.send("GET", `${path}/deliveries`)).status).toBe(404);
  });

  it("carry a test event at once, a resend, and a replay of all events", async () => {
    const tenant = await createTenant();
    const receiver = await receive();
    const { path } = await tenant.register(receiver, { eventTypes: ["payment.created"] });
    const tested = await tenant.send("POST", `${path}/test`);
    await until("the test event arrives", () => idsOf(receiver).includes(tested.body.id));
    const events = [(await tenant.event()).id, (await tenant.event()).id];
    await until("the events arrive", () => receiver.requests.length === 3);
    await until("the deliveries are settled", async () =>
      (await tenant.deliveries(path)).every(({ status }) => status === "succeeded"),
    );
    await tenant.send("POST", `${path}/deliveries/${events[0]}/resend`);
    await until("the event arrives again", () => idsOf(receiver).filter((id) => id === events[0]).length === 2);
    const since = new Date(Date.now() - 60_000).toISOString();
    expect((await tenant.send("POST", `${path}/replay`, { since })).status).toBe(204);
    await until("all events arrive again", () => receiver.requests.length === 6);
    expect(idsOf(receiver).slice(4).toSorted()).toEqual(events.toSorted());
  });

  it.each([
    "http://example.com/",
    "https://127.0.0.1.example.com:0x/",
    "https://user:password@example.com/",
    "https://10.0.0.1/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "ftp://example.com/",
  ])("are refused for %s", async (url) => {
    const tenant = await createTenant();
    const { status, body } = await tenant.send("POST", "/webhook-endpoints", { url });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ pointer: "/url", detail: expect.stringMatching(/^must /) }]);
  });

  it("never contact a private address that a name resolves to", async () => {
    const tenant = await createTenant();
    const receiver = await receive();
    const url = `https://localhost:${receiver.port}/`;
    const strict = await startService(database.url, { ENCRYPTION_KEY, BACKGROUND: "off" });
    const { body } = await strict.request("POST", "/webhook-endpoints", {
      body: { url },
      headers: { "x-api-key": (await strict.createClient()).apiKey },
    });
    await strict.stop();
    expect(body.errors).toEqual([{ pointer: "/url", detail: expect.stringContaining("private network") }]);
    expect(receiver.connections()).toBe(0);
    expect((await tenant.send("GET", "/webhook-endpoints")).body.data).toEqual([]);
  });
});
