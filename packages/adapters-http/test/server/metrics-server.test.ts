import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { AnonymousLimit, createMetricsServer, Metrics } from "@payments/adapters-http";
import { pino } from "pino";
import { Gauge } from "prom-client";
import { listen } from "../../../../test/support/free-port.ts";

let metrics: Metrics;
let collections: number;
let isBroken: boolean;
let server: ReturnType<typeof createMetricsServer>;
let port: number;
let now: number;
beforeEach(async () => {
  now = performance.now();
  jest.spyOn(performance, "now").mockImplementation(() => now);
  metrics = new Metrics({ version: "1.2.3" });
  collections = 0;
  isBroken = false;
  new Gauge({
    name: "collections",
    help: "Of the test",
    registers: [metrics.registry],
    collect() {
      if (isBroken) throw new Error("of the test");
      this.set(++collections);
    },
  });
  server = createMetricsServer({
    basePath: "",
    anonymous: new AnonymousLimit({ limit: 0, windowSeconds: 60 }),
    metrics,
    logger: pino({ level: "silent" }),
  });
  port = await listen(server);
});
afterEach(() => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const get = (path: string, method = "GET") =>
  fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: "close" } });

describe("the server of the metrics", () => {
  it("returns 200 with the metrics, and 404 for every other path and method", async () => {
    const response = await get("/metrics");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, metrics.registry.contentType]);
    const text = await response.text();
    expect(text).toContain("collections 1");
    expect(text).toContain(`payments_build_info{version="1.2.3",node="${process.versions.node}"} 1`);
    expect((await get("/livez")).status).toBe(404);
    expect((await get("/metrics", "POST")).status).toBe(404);
  });

  it("returns 500 while a metric cannot be collected, and 200 again afterwards", async () => {
    isBroken = true;
    expect((await get("/metrics")).status).toBe(500);
    isBroken = false;
    now += 100;
    expect((await get("/metrics")).status).toBe(200);
  });

  it("collects once for callers of the same moment", async () => {
    const texts = await Promise.all(Array.from({ length: 20 }, async () => (await get("/metrics")).text()));
    expect(texts.every((text) => text.includes("collections 1\n"))).toBe(true);
    now += 100;
    expect(await (await get("/metrics")).text()).toContain("collections 2\n");
  });

  it("is not held up by 500 pipelined requests of a caller that leaves", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500));
    await once(socket, "data");
    socket.destroy();
    expect((await get("/metrics")).status).toBe(200);
    expect(collections).toBe(1);
  });
});
