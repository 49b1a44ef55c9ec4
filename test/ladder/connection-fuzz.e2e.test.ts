import { randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import type { Knex } from "@payments/adapters-postgres";
import { toUuid } from "@payments/domain";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { fuzzScript, HEAD_PREFIX, type Part, type Script } from "./support/fuzz-script.ts";
import { guarantee } from "./support/guarantee.ts";
import { Random } from "./support/random.ts";
import { type RawResponse, ResponseParser } from "./support/response-parser.ts";

const using = undoAfterEach();

const AT_ONCE = 64;
const LIMIT_MS = 30_000;
const MAXIMUM_FAULTS = 20;

interface Run {
  readonly script: Script;
  readonly responses: readonly RawResponse[];
  /** Faults of the received bytes. */
  readonly fault?: string | undefined;
}

const idOf = ({ headers }: RawResponse): string => headers["x-request-id"] ?? "";

const sendPackets = async (socket: Socket, { parts, behind, cut, packets }: Script): Promise<void> => {
  const bytes = Buffer.concat([...parts.map((part) => part.bytes), behind]).subarray(0, cut);
  let from = 0;
  for (const { until, pauseMs } of packets) {
    if (pauseMs > 0) await sleep(pauseMs);
    if (!socket.writable) return;
    socket.write(bytes.subarray(from, until));
    from = until;
  }
};

/** Runs a script and resolves when the connection is closed. */
const play = (url: string, script: Script, random: Random): Promise<Run> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }).setNoDelay();
    const responses: RawResponse[] = [];
    let fault: string | undefined;
    const isRead = script.ending === "read" || script.ending === "half-close";
    const endWhenAnswered = (): void => {
      const closes = script.parts.at(-1)?.isLast === true;
      if (script.ending === "read" && !closes && responses.length >= script.parts.length) socket.end();
    };
    const parser = new ResponseParser(
      (response) => {
        responses.push(response);
        endWhenAnswered();
      },
      (headers) => headers["x-request-id"]?.startsWith(HEAD_PREFIX) === true,
    );
    const limit = setTimeout(() => {
      fault = `open after ${LIMIT_MS} ms`;
      socket.destroy();
    }, LIMIT_MS);
    socket.on("data", (data) => {
      try {
        parser.push(data);
      } catch (error) {
        fault = (error as Error).message;
        socket.destroy();
      }
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(limit);
      if (isRead && !parser.isBetween) fault ??= "half a response";
      resolve({ script, responses, fault });
    });
    sendPackets(socket, script).then(async () => {
      if (script.ending === "read") return;
      if (script.ending === "half-close") {
        socket.end();
        return;
      }
      if (random.chance(0.5)) await sleep(random.below(8));
      if (script.ending === "reset") socket.resetAndDestroy();
      else socket.destroy();
    });
  });

/** The parts that were sent completely. */
const wholeParts = ({ parts, cut }: Script): readonly Part[] => {
  let end = 0;
  return parts.filter(({ bytes }) => {
    end += bytes.length;
    return end <= cut;
  });
};

/** The minimum number of responses. After a half-close, the server can close the connection instead of reporting a fault. */
const minResponses = (script: Script): number => {
  if (script.ending === "read") return script.parts.length;
  return script.ending === "half-close" ? wholeParts(script).filter(({ isFault }) => !isFault).length : 0;
};

/** The request id assigns a response to its part. The response to a fault has another id and is the last one. */
const faultOfResponse = (response: RawResponse, part: Part | undefined, isWhole: boolean, isLast: boolean): string => {
  const { status, headers } = response;
  if (part === undefined) return `more responses than requests: ${status} ${idOf(response)}`;
  const isExpected = part.statuses.includes(status);
  const got = `${status} ${idOf(response)} in place of ${part.statuses} ${part.id}`;
  if (idOf(response) === part.id) return isWhole && !isExpected ? got : "";
  const isRejection = status >= 400 && headers["connection"] === "close" && isLast;
  const isRejectable = !isWhole || (part.isFault && isExpected);
  return isRejection && isRejectable ? "" : got;
};

const faultsOf = ({ script, responses, fault }: Run): string[] => {
  const whole = wholeParts(script);
  const faults = responses.map((response, index) =>
    faultOfResponse(response, script.parts[index], index < whole.length, index === responses.length - 1),
  );
  const missing = responses.length < minResponses(script) ? `${responses.length} of ${whole.length} answered` : "";
  return [fault ?? "", missing, ...faults].filter((text) => text !== "");
};

const describeScript = ({ parts, behind, ending, cut, packets }: Script): string => {
  const requests = parts.map(({ bytes }) => JSON.stringify(bytes.toString("latin1").slice(0, 120))).join(" | ");
  return `${ending} at ${cut}, ${behind.length} behind, packets to ${packets.map(({ until }) => until)}: ${requests}`;
};

/** The callers' record of their payments: sent completely, acknowledged, or abandoned before the response. */
class Payments {
  readonly #sent = new Map<string, { readonly key: string | null; answeredAs?: string; isAbandoned: boolean }>();
  readonly faults: string[] = [];

  note({ script, responses }: Run): void {
    const isAbandoned = script.ending === "close" || script.ending === "reset";
    for (const [index, { payment, id }] of wholeParts(script).entries()) {
      if (payment === undefined) continue;
      const known = this.#sent.get(payment.name) ?? { key: payment.idempotencyKey, isAbandoned: false };
      const response = responses[index];
      const answered =
        response?.status === 201 && idOf(response) === id ? toUuid(JSON.parse(response.body.toString()).id) : undefined;
      if (answered === undefined) known.isAbandoned ||= isAbandoned;
      else {
        known.answeredAs ??= answered;
        if (known.answeredAs !== answered) this.faults.push(`${payment.name} was answered with two ids`);
      }
      this.#sent.set(payment.name, known);
    }
  }

  /** Reads every payment back. */
  async compare(knex: Knex): Promise<{ stored: number; answered: number; abandoned: number }> {
    const rows: { id: string; name: string; key: string | null }[] = await knex("payments").select(
      "id",
      "description as name",
      "idempotency_key as key",
    );
    const stored = new Map<string, string>();
    let abandoned = 0;
    for (const { id, name, key } of rows) {
      const sent = this.#sent.get(name);
      if (stored.has(name)) this.faults.push(`${name} is stored twice`);
      stored.set(name, id);
      if (sent === undefined) this.faults.push(`${name} is stored, but no whole request asked for it`);
      else if (sent.key !== key) this.faults.push(`${name} is stored with the key ${key}`);
      else if (sent.answeredAs === undefined) {
        abandoned++;
        if (!sent.isAbandoned) this.faults.push(`${name} is stored and was never answered`);
      }
    }
    const answered = [...this.#sent].filter(([, { answeredAs }]) => answeredAs !== undefined);
    for (const [name, { answeredAs }] of answered) {
      if (stored.get(name) !== answeredAs) this.faults.push(`${name} is answered and not stored so`);
    }
    return { stored: rows.length, answered: answered.length, abandoned };
  }
}

const fuzz = async (
  api: ApiProcess,
  knex: Knex,
  apiKey: string,
  connections: number,
  seed: number,
  told: (done: number) => void,
) => {
  const payments = new Payments();
  const faults: string[] = [];
  let started = 0;
  let responses = 0;
  const lane = async (): Promise<void> => {
    while (started < connections && faults.length < MAXIMUM_FAULTS && api.isRunning()) {
      const index = started++;
      const random = new Random(seed + index);
      const run = await play(api.url, fuzzScript(random, apiKey, String(index)), random);
      if (!api.isRunning()) return;
      payments.note(run);
      responses += run.responses.length;
      faults.push(...faultsOf(run).map((fault) => `connection ${index}: ${fault} (${describeScript(run.script)})`));
      told(index + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  expect({ isRunning: api.isRunning(), output: api.output() }).toMatchObject({ isRunning: true });
  expect((await fetch(`${api.url}/livez`, { headers: { connection: "close" } })).status).toBe(200);
  const counts = await payments.compare(knex);
  expect([...faults, ...payments.faults]).toEqual([]);
  return { ...counts, responses };
};

guarantee(
  {
    id: "connection-fuzz",
    says: "10,000 connections send valid, malformed and aborted requests in random order, cut, half-closed and reset at random bytes. The process survives. Each request gets at most one response, in order. A payment is stored without a response only if its caller left.",
    covers: "ASVS 5.0 4.2.1, 16.5.3 / CWE-248, CWE-444, CWE-755",
    short: { connections: 400 },
    long: { connections: 10_000 },
  },
  async ({ connections }, { progress }) => {
    const seed = Number(process.env["LADDER_SEED"] ?? randomInt(2 ** 31));
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const { apiKey } = await api.createClient();
    const told = (done: number): void => {
      if (done % 1_000 === 0) progress(`${done} of ${connections} connections`);
    };
    try {
      const { responses, stored, answered, abandoned } = await fuzz(
        api,
        database.knex,
        apiKey,
        connections,
        seed,
        told,
      );
      return `${connections} connections, ${responses} responses; ${stored} payments stored, ${answered} acknowledged, ${abandoned} abandoned by their callers`;
    } catch (error) {
      throw new Error(`LADDER_SEED=${seed} repeats it: ${(error as Error).message}`, { cause: error });
    }
  },
);
