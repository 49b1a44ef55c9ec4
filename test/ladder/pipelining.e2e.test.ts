import { Agent } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { rawResponse, statusOf } from "./support/raw-response.ts";
import { ResponseParser } from "./support/response-parser.ts";
import { send } from "./support/send.ts";
import { durationsWithin, percentile, SteadyCaller } from "./support/steady-caller.ts";

const using = undoAfterEach();

const LIMIT_MS = 60_000;
const INTERVAL_MS = 10;
const BASELINE_MS = 3_000;
const WINDOW_SECONDS = 60;

/** Sends all requests in one write on one connection. Resolves with the request ids and statuses of the responses. */
const pipeline = (url: string, path: string, count: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const got: string[] = [];
    const fail = (error: Error): void => {
      reject(error);
      socket.destroy();
    };
    const limit = setTimeout(() => fail(new Error(`${got.length} of ${count} responses in ${LIMIT_MS} ms`)), LIMIT_MS);
    const parser = new ResponseParser(({ status, headers }) => {
      got.push(`${headers["x-request-id"]} ${status}`);
      if (got.length === count) socket.end();
    });
    socket.on("data", (data) => {
      try {
        parser.push(data);
      } catch (error) {
        fail(error as Error);
      }
    });
    socket.on("error", fail);
    socket.once("close", () => {
      clearTimeout(limit);
      resolve(got);
    });
    const requests = Array.from(
      { length: count },
      (_, index) => `GET ${path} HTTP/1.1\r\nHost: api\r\nX-Request-Id: r${index}\r\n\r\n`,
    );
    socket.write(requests.join(""));
  });

const inOrder = (count: number): string[] => Array.from({ length: count }, (_, index) => `r${index} 200`);

guarantee(
  {
    id: "pipelining",
    says: "1,600 requests for /openapi.json pipelined on one connection and 3,200 for /livez on another get all their responses in order. A payer's p99 stays within twice its baseline, or under 250 ms.",
    covers: "ASVS 5.0 15.2.2, 4.2.1 / CWE-400, CWE-770",
    short: { rounds: 1, maximumMs: 1_000 },
    long: { rounds: 10, maximumMs: 250 },
  },
  async ({ rounds, maximumMs }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const client = using(clientOf(api.url, await api.createClient()), (own) => own.close());
    const load = { call: () => client.pay({ name: "other" }), status: 201, intervalMs: INTERVAL_MS };
    await durationsWithin(1_000, load);
    const usual: number[] = [];
    const durations: number[] = [];
    let seconds = 0;
    for (let round = 1; round <= rounds; round++) {
      // Measured in each round, because the machine's load can change.
      usual.push(...(await durationsWithin(BASELINE_MS, load)));
      const others = new SteadyCaller(load);
      const start = performance.now();
      const [documents, lives] = await Promise.all([
        pipeline(api.url, "/openapi.json", 1_600),
        pipeline(api.url, "/livez", 3_200),
      ]);
      seconds += (performance.now() - start) / 1_000;
      durations.push(...(await others.stop()));
      expect(documents).toEqual(inOrder(1_600));
      expect(lives).toEqual(inOrder(3_200));
      progress(`${round} of ${rounds} rounds, p99 ${percentile(0.99, durations).toFixed(1)} ms`);
    }
    const [baseline, during] = [percentile(0.99, usual), percentile(0.99, durations)];
    expect(during).toBeLessThan(Math.max(2 * baseline, maximumMs));
    const all = `${rounds * 4_800} responses in order, a round in ${(seconds / rounds).toFixed(1)} s`;
    const [p99, longest] = [during.toFixed(1), Math.max(...durations).toFixed(1)];
    return `${all}; a payer's p99 ${p99} ms beside them, at most ${longest} ms, ${baseline.toFixed(1)} ms without`;
  },
);

const CALLERS = 48;
const MALFORMED_CALLERS = 16;
const MALFORMED = [
  "nonsense\r\n\r\n",
  "GET / HTTP/1.1\r\n\r\n",
  `GET /${"a".repeat(8_192)} HTTP/1.1\r\nHost: api\r\n\r\n`,
];
const PAYERS = 4;
const PATHS = ["/openapi.json", "/docs", "/nothing"];

/** Callers that send one request after another until they are stopped. */
const startCallers = <Answer>(count: number, call: (index: number) => Promise<Answer>) => {
  const replies: Answer[] = [];
  let stopped = false;
  const running = Promise.all(
    Array.from({ length: count }, async (_, index) => {
      for (let turn = index; !stopped; turn++) replies.push(await call(turn));
    }),
  );
  running.catch(() => {});
  return async (): Promise<Answer[]> => {
    stopped = true;
    await running;
    return replies;
  };
};

guarantee(
  {
    id: "anonymous-flood",
    says: "48 callers without credentials and 16 with malformed requests send them from one address without a pause. They get at most the limit of their address, then 429 with Retry-After. Health checks from there succeed, and four payers keep at least half their rate.",
    covers: "ASVS 5.0 2.4.1, 15.2.2 / CWE-400, CWE-770, CWE-799",
    // The default limit lets a slow machine spend the whole short form on requests within it.
    short: { seconds: 6, limit: 600, share: 0.25 },
    long: { seconds: 30, limit: 6_000, share: 0.5 },
  },
  async ({ seconds, limit, share }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const variables = { RATE_LIMIT_ANONYMOUS_REQUESTS: String(limit) };
    const api = using(await startApi(database.url, variables), (started) => started.end("SIGKILL"));
    const client = using(clientOf(api.url, await api.createClient(), PAYERS), (own) => own.close());
    const agent = using(new Agent({ keepAlive: true, maxSockets: CALLERS }), (own) => own.destroy());
    const paid = async (): Promise<number> => {
      const stop = startCallers(PAYERS, () => client.pay({ name: "payer" }));
      await sleep(seconds * 1_000);
      const replies = await stop();
      expect(replies.filter(({ status }) => status !== 201)).toEqual([]);
      return replies.length / seconds;
    };
    await paid();
    const before = await paid();
    // An invalid key makes no difference on a route without authentication.
    const stop = startCallers(CALLERS, (turn) =>
      send(agent, api.url + PATHS[turn % PATHS.length], turn % 2 === 0 ? {} : { headers: { "x-api-key": "none" } }),
    );
    const stopMalformed = startCallers(MALFORMED_CALLERS, (turn) =>
      rawResponse(api.url, MALFORMED[turn % MALFORMED.length] ?? ""),
    );
    const stopChecks = startCallers(1, (turn) => send(agent, `${api.url}${turn % 2 === 0 ? "/livez" : "/readyz"}`));
    const beside = await paid();
    const replies = await stop();
    const malformed = await stopMalformed();
    expect((await stopChecks()).filter(({ status }) => status !== 200)).toEqual([]);
    // Measured before and after, because the machine's load can change.
    const alone = (before + (await paid())) / 2;
    progress(`${replies.length} anonymous requests; ${Math.round(beside)} payments/s of ${Math.round(alone)}`);
    const rejected = replies.filter(({ status }) => status === 429);
    const rejectedMalformed = malformed.filter((response) => statusOf(response) === 429);
    expect(rejected.length).toBeGreaterThan(0);
    expect(rejectedMalformed.length).toBeGreaterThan(0);
    expect(malformed.filter((response) => ![400, 414, 429].includes(statusOf(response)))).toEqual([]);
    // The load spans at most two windows.
    const windows = Math.ceil(seconds / WINDOW_SECONDS) + 1;
    const admitted = replies.length - rejected.length + malformed.length - rejectedMalformed.length;
    expect(admitted).toBeLessThanOrEqual(windows * limit);
    expect(replies.filter(({ status }) => ![200, 404, 429].includes(status))).toEqual([]);
    for (const { headers, body } of rejected) {
      expect(JSON.parse(body).code).toBe("too-many-anonymous-requests");
      expect(Number(headers["retry-after"])).toBeGreaterThanOrEqual(1);
      expect(Number(headers["retry-after"])).toBeLessThanOrEqual(WINDOW_SECONDS);
    }
    expect(beside).toBeGreaterThanOrEqual(share * alone);
    const rates = `${Math.round(beside)} payments/s beside them, ${Math.round(alone)} without`;
    const counts = `${replies.length} requests without credentials, ${rejected.length} times 429`;
    return `${counts}; ${malformed.length} malformed ones, ${rejectedMalformed.length} times 429; ${rates}`;
  },
);
