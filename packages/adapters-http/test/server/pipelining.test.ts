import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { AnonymousLimit, createServer, Metrics } from "@payments/adapters-http";
import { pino } from "pino";
import { listen } from "../../../../test/support/free-port.ts";
import { WaitingRequests } from "../../src/server/connection.ts";
import { responsesTo, statusesOf } from "../support/raw-connection.ts";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
let apiKey: string;
beforeEach(async () => {
  app = await startApp();
  ({ apiKey } = await app.createClient());
});
afterEach(() => app.stop());

const payment = (amount: number, ...headers: string[]): string => {
  const body = `{"amount":${amount},"currency":"EUR"}`;
  const head = ["POST /payments/create HTTP/1.1", "Host: a", "Content-Type: application/json", `x-api-key: ${apiKey}`];
  return [...head, ...headers, `Content-Length: ${body.length}`, "", body].join("\r\n");
};

/** The amounts of the 201 responses, in order. */
const amountsFor = async (packet: string, options?: { halfClose: boolean }): Promise<number[]> =>
  [...(await responsesTo(app.port, packet, options)).matchAll(/"amount":(\d+)/g)].map(([, amount]) => Number(amount));

const statusesFor = async (packet: string): Promise<number[]> =>
  statusesOf(await responsesTo(app.port, packet, { halfClose: true }));

const storedAmounts = async (): Promise<number[]> => {
  const { body } = await app.request("GET", "/payments?limit=100", { headers: { "x-api-key": apiKey } });
  return body.data.map(({ amount }: { amount: number }) => amount).reverse();
};

describe("pipelined payments", () => {
  it("get their responses in the order of the requests", async () => {
    const packet = Array.from({ length: 49 }, (_, index) => payment(index + 1)).join("");
    const amounts = await amountsFor(packet + payment(50, "Connection: close"));
    expect(amounts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(await storedAmounts()).toEqual(amounts);
  });

  it("behind a request that closes the connection are not stored (RFC 9112, section 9.6)", async () => {
    expect(await amountsFor(payment(1, "Connection: close") + payment(2) + payment(3))).toEqual([1]);
    expect(await storedAmounts()).toEqual([1]);
  });

  it("behind a rejected body that closes the connection are not stored", async () => {
    const tooLarge = `POST /payments/create HTTP/1.1\r\nHost: a\r\nx-api-key: ${apiKey}\r\nContent-Length: 65537\r\n\r\n`;
    expect(await amountsFor(tooLarge + " ".repeat(65_537) + payment(2))).toEqual([]);
    expect(await storedAmounts()).toEqual([]);
  });

  it("all get their responses if the caller closes its side after sending them", async () => {
    expect(await amountsFor(payment(1), { halfClose: true })).toEqual([1]);
    expect(await amountsFor(payment(2) + payment(3), { halfClose: true })).toEqual([2, 3]);
  });
});

describe("a caller that closes its side of the connection", () => {
  const get = (path: string, ...headers: string[]): string =>
    [`GET ${path} HTTP/1.1`, "Host: a", ...headers, "\r\n"].join("\r\n");
  const [live, upgrade, me] = [get("/livez"), get("/livez", "Connection: Upgrade", "Upgrade: h2c"), get("/me")];
  const half = () => payment(1).slice(0, -5);

  it.each([
    ["a request that offers an upgrade behind two others", () => live + live + upgrade, [200, 200, 200]],
    ["requests behind and before upgrade offers", () => me + upgrade + me + upgrade + live, [401, 200, 401, 200, 200]],
    ["half a request behind one that waits", () => me + me + half(), [401, 401, 400]],
    ["half a request behind an upgrade offer", () => me + upgrade + half(), [401, 200, 400]],
    ["a stray character behind three requests", () => `${live}${live}${live}}`, [200, 200, 200, 400]],
  ])("gets every response before the connection ends: %s", async (_, packet, statuses) => {
    expect(await statusesFor(packet())).toEqual(statuses);
  });
});

describe("requests that wait for others on their connections", () => {
  it("start one in a turn of the event loop, so that new connections are accepted between them", async () => {
    const waiting = new WaitingRequests(10);
    const turns: number[] = [];
    let turn = 0;
    for (let index = 0; index < 3; index++) waiting.inTurn(() => void turns.push(turn));
    for (; turns.length < 3 && turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    waiting.inTurn(() => void turns.push(turn));
    await new Promise((resolve) => setImmediate(resolve));
    expect(turns).toEqual([0, 1, 2, 3]);
  });

  it("do not keep a request on another connection from being handled, even if no further one may wait", async () => {
    const request = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    const listened: ServerResponse[] = [];
    const server = createServer((_request, response) => void listened.push(response), {
      basePath: "",
      anonymous: new AnonymousLimit({ limit: 0, windowSeconds: 60 }),
      metrics: new Metrics(),
      logger: pino({ level: "silent" }),
    });
    const port = await listen(server);
    const sockets = Array.from({ length: 110 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    try {
      for (const socket of sockets) socket.write(request.repeat(100));
      // The first request of each connection runs. More than the 10,000 others that may wait follow.
      for (let tries = 0; listened.length < 110 && tries < 200; tries++) await sleep(10);
      expect(listened).toHaveLength(110);
      await sleep(100);
      const fresh = connect(port, "127.0.0.1");
      sockets.push(fresh);
      fresh.write(request);
      for (let tries = 0; listened.length < 111 && tries < 200; tries++) await sleep(10);
      if (listened.length === 111) listened.at(-1)?.end("handled");
      expect(String((await once(fresh, "data"))[0])).toMatch(/^HTTP\/1.1 200 /);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
});
