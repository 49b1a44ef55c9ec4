import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";

const using = undoAfterEach();

const HEAD = "POST /payments/create HTTP/1.1\r\nHost: api\r\n";
const DRIP_MS = 500;
const REQUESTS = 300;

interface Slow {
  readonly socket: Socket;
  readonly opened: number;
  closed?: number;
}

/** Opens a connection that sends a few bytes at intervals and never completes its request. */
const beSlow = (url: string, beginning: string, drip: string): Slow => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const slow: Slow = { socket, opened: performance.now() };
  const dripping = setInterval(() => socket.writable && socket.write(drip), DRIP_MS);
  socket.write(beginning);
  socket.resume().on("error", () => {});
  socket.once("close", () => {
    clearInterval(dripping);
    slow.closed = performance.now();
  });
  return slow;
};

guarantee(
  {
    id: "slow-clients",
    says: "1,000 connections with slow headers and slow bodies leave the p99 of a legitimate client within 50 ms of its baseline, and are closed within 15 s.",
    covers: "ASVS 5.0 15.2.2 / CWE-400, CWE-772, CWE-770",
    short: { connections: 1_000 },
    long: { connections: 4_000 },
  },
  async ({ connections }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const client = await api.createClient();
    const caller = using(clientOf(api.url, client, 1), (own) => own.close());
    const p99 = async (): Promise<number> => {
      const times: number[] = [];
      for (let count = 0; count < REQUESTS; count++) {
        const reply = await caller.pay({ name: "legitimate" });
        expect(reply.status).toBe(201);
        times.push(reply.milliseconds);
      }
      return times.sort((one, other) => one - other)[Math.ceil(REQUESTS * 0.99) - 1] ?? Number.NaN;
    };
    await p99();
    const baseline = await p99();
    const body = `${HEAD}x-api-key: ${client.apiKey}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n`;
    const slow = Array.from({ length: connections }, (_, index) =>
      index % 2 === 0 ? beSlow(api.url, HEAD, "x: y\r\n") : beSlow(api.url, body, " "),
    );
    using(slow, (all) => all.map(({ socket }) => socket.destroy()));
    await sleep(1_000);
    const stillOpen = slow.filter(({ closed }) => closed === undefined).length;
    expect(stillOpen).toBe(connections);
    const during = await p99();
    progress(`p99 ${during.toFixed(1)} ms beside ${connections} slow ones, ${baseline.toFixed(1)} ms without`);
    for (const end = performance.now() + allowed(15_000); performance.now() < end; await sleep(100)) {
      if (slow.every(({ closed }) => closed !== undefined)) break;
    }
    const longest = Math.max(...slow.map(({ opened, closed = Number.POSITIVE_INFINITY }) => closed - opened));
    expect(longest).toBeLessThan(allowed(15_000));
    expect(during - baseline).toBeLessThan(allowed(50));
    return `${connections} slow ones all closed within ${(longest / 1_000).toFixed(1)} s; p99 ${during.toFixed(1)} ms beside them, ${baseline.toFixed(1)} ms without`;
  },
);
