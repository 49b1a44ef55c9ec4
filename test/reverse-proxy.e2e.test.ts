import { Agent, request } from "node:https";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { TestClient } from "./support/api-caller.ts";
import { type ApiProcess, startApi } from "./support/api-process.ts";
import { type Certificate, createAuthority, createCertificate } from "./support/certificates.ts";
import { listen } from "./support/free-port.ts";
import { hasNginx, type Nginx, startNginx } from "./support/nginx.ts";
import { createTestDatabase, type TestDatabase } from "./support/test-database.ts";
import { describeUnless } from "./support/unless.ts";
import { until } from "./support/until.ts";

const HOST = "payments.example";

interface Reply {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const portOf = ({ url }: ApiProcess): number => Number(new URL(url).port);

/** Counts nginx's connections to a service. */
const countConnections = async (target: number) => {
  let opened = 0;
  const server = createServer((client) => {
    opened++;
    const upstream = connect(target, "127.0.0.1");
    client.on("error", () => upstream.destroy()).pipe(upstream);
    upstream.on("error", () => client.destroy()).pipe(client);
  });
  return { port: await listen(server), opened: () => opened, close: () => server.close() };
};

describeUnless(hasNginx() ? undefined : "nginx is not installed")("Behind nginx", () => {
  let database: TestDatabase;
  let apis: readonly [ApiProcess, ApiProcess];
  let authority: Certificate;
  let certificate: Certificate;
  let client: TestClient;
  let nginx: Nginx;
  beforeAll(async () => {
    database = await createTestDatabase();
    const variables = { TRUST_PROXY: "1" };
    apis = [await startApi(database.url, variables), await startApi(database.url, variables)];
    authority = await createAuthority("An authority of the tests");
    certificate = await createCertificate(HOST, authority);
    client = await apis[0].createClient();
    nginx = await startNginx(apis.map(portOf), certificate);
  }, 60_000);
  afterAll(async () => {
    await nginx.stop();
    for (const api of apis) await api.end("SIGTERM");
    await database.drop();
  }, 60_000);

  /** Uses a new connection, as a caller with a single request does. */
  const send = (
    path: string,
    {
      method = "GET",
      body = "",
      headers = {},
    }: { method?: string; body?: string; headers?: Record<string, string> } = {},
    { port } = nginx,
  ): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const agent = new Agent({ ca: authority.cert, keepAlive: false });
      const options = {
        agent,
        host: "127.0.0.1",
        port,
        path,
        method,
        servername: HOST,
        headers: { host: HOST, ...headers },
      };
      const call = request(options, async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
      call.on("error", reject).end(body);
    });

  const pay = (idempotencyKey: string, target = nginx): Promise<Reply> =>
    send(
      "/payments/create",
      {
        method: "POST",
        body: JSON.stringify({ amount: 1, currency: "EUR" }),
        headers: { "content-type": "application/json", "x-api-key": client.apiKey, "idempotency-key": idempotencyKey },
      },
      target,
    );

  it("a payment arrives over TLS, and the response requires TLS for later requests", async () => {
    const { status, headers } = await pay("over-tls");
    expect(status).toBe(201);
    expect(headers).toMatchObject({
      "strict-transport-security": "max-age=63072000",
      "x-request-id": expect.any(String),
    });
    expect(headers.server).toBe("nginx");
  });

  it("a rejected caller is logged with the address that nginx saw", async () => {
    const spoofed = {
      "x-api-key": "pak_live_x",
      "x-forwarded-for": "203.0.113.7, 198.51.100.8",
      "x-real-ip": "203.0.113.7",
    };
    expect((await send("/me", { headers: spoofed })).status).toBe(401);
    const log = () => apis.map((api) => api.output()).join("");
    await until("the rejection in the log", () => log().includes('"event":"authentication-refused"'));
    expect(log()).toContain('"address":"127.0.0.1"');
    expect(log()).not.toMatch(/203\.0\.113|198\.51\.100/);
  });

  it("the service rejects a body that is too large, with a problem", async () => {
    const body = JSON.stringify({ description: "x".repeat(70_000) });
    const headers = { "content-type": "application/json", "x-api-key": client.apiKey };
    const tooLarge = await send("/payments/create", { method: "POST", body, headers });
    expect(tooLarge).toMatchObject({ status: 413, headers: { "content-type": "application/problem+json" } });
    const longHeader = await send("/me", { headers: { "x-api-key": "x".repeat(20_000) } });
    expect(longHeader).toMatchObject({ status: 431, headers: { "content-type": "application/problem+json" } });
  });

  it("callers with a single request share nginx's connections to the service", async () => {
    const counter = await countConnections(portOf(apis[0]));
    const counted = await startNginx([counter.port], certificate);
    try {
      for (let index = 0; index < 40; index++) expect((await pay(`shared-${index}`, counted)).status).toBe(201);
      expect(counter.opened()).toBeLessThanOrEqual(4);
    } finally {
      await counted.stop();
      counter.close();
    }
  }, 30_000);

  it("restarting one process after the other loses no payment, and failed requests get a problem", async () => {
    let restarted = false;
    const keys: string[] = [];
    const others = new Set<string>();
    const payUntilAnswered = async (key: string): Promise<void> => {
      for (;;) {
        const { status, headers } = await pay(key);
        if (status === 201) return;
        others.add(`${status} ${headers["content-type"]} ${headers["retry-after"]}`);
        await sleep(50);
      }
    };
    const payer = async (name: string): Promise<void> => {
      for (let index = 0; !restarted; index++) {
        const key = `${name}-${index}`;
        keys.push(key);
        await payUntilAnswered(key);
      }
    };
    const payers = ["a", "b", "c", "d"].map(payer);
    for (const api of apis) {
      expect(await api.end("SIGTERM")).toBe(0);
      await api.restart();
    }
    restarted = true;
    await Promise.all(payers);
    const stored = await database.knex("payments").whereIn("idempotency_key", keys).count();
    expect(stored).toEqual([{ count: String(keys.length) }]);
    expect([...others].filter((other) => other !== "503 application/problem+json 1")).toEqual([]);
  }, 60_000);

  it("without a running process, callers get a problem with Retry-After", async () => {
    for (const api of apis) await api.end("SIGTERM");
    const { status, headers, text } = await pay("unreachable");
    expect({ status, type: headers["content-type"] }).toEqual({ status: 503, type: "application/problem+json" });
    expect(JSON.parse(text)).toMatchObject({
      type: "/docs#service-unavailable",
      code: "service-unavailable",
      requestId: headers["x-request-id"],
    });
  });
});
