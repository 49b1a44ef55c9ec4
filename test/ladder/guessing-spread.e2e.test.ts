import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { CsprngApiKeyGenerator } from "@payments/adapters-crypto";
import { parseApiKeyPrefix } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import { startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { clientOf } from "./support/client-of.ts";
import { guarantee } from "./support/guarantee.ts";
import { metric } from "./support/metric.ts";
import { send } from "./support/send.ts";

const using = undoAfterEach();

const GUESSERS = 64;
const ALLOWED = 100;
const KEYS = 10_000;
/** Keeps the client's own load small. */
const PAUSE_MS = 5;

const generator = new CsprngApiKeyGenerator(expectOk(parseApiKeyPrefix("pak_live_")));
/** Well-formed unknown keys. */
const unknown = Array.from({ length: KEYS }, () => generator.generate("live").reveal());

/** One of 1,000 addresses in separate networks. */
const addressOf = (guess: number): string => `10.${Math.floor((guess % 1_000) / 250)}.${guess % 250}.1`;

const median = (times: readonly number[]): number =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;

guarantee(
  {
    id: "guessing-spread",
    says: "Unknown keys guessed from 1,000 addresses at once, each below its limit, are looked up in batches. All payments and reads of a client succeed meanwhile. Their median time is at most twice the time beside guesses without a lookup.",
    covers: "ASVS 5.0 6.3.1, 15.2.2 / CWE-307, CWE-400",
    short: { rounds: 1, seconds: 1 },
    long: { rounds: 5, seconds: 5 },
  },
  async ({ rounds, seconds }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const limits = { RATE_LIMIT_FAILED_AUTHENTICATIONS: String(ALLOWED), RATE_LIMIT_WINDOW_SECONDS: "86400" };
    const start = () => startApi(database.url, { ...limits, TRUST_PROXY: "1" });
    const statuses = new Map<number, number>();
    let [guesses, lookups, statements] = [0, 0, 0];

    /** Durations of the client's requests while keys of this kind are guessed. */
    const besideGuesses = async (keyOf: (guess: number) => string) => {
      const api = using(await start(), (own) => own.end("SIGKILL"));
      const client = using(clientOf(api.url, await api.createClient()), (own) => own.close());
      const agent = using(new Agent({ keepAlive: true, maxSockets: GUESSERS }), (own) => own.destroy());
      await client.pay({ name: "before" });
      let [next, over] = [0, false];
      const guess = async (): Promise<void> => {
        while (!over) {
          const headers = { "x-api-key": keyOf(next), "x-forwarded-for": addressOf(next++) };
          const { status } = await send(agent, `${api.url}/me`, { headers });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      const guessing = Array.from({ length: GUESSERS }, guess);
      const times: number[] = [];
      for (const end = performance.now() + seconds * 1_000; performance.now() < end; await sleep(PAUSE_MS)) {
        const replies = [await client.pay({ name: "meanwhile" }), await client.request("/me")];
        expect(replies.map(({ status }) => status)).toEqual([201, 200]);
        times.push(...replies.map(({ milliseconds }) => milliseconds));
      }
      over = true;
      await Promise.all(guessing);
      guesses += next;
      const lookups = await metric(api, 'database_queue_items_total{queue="api-keys"}');
      const statements = await metric(api, 'database_queue_batches_total{queue="api-keys"}');
      await api.end("SIGTERM");
      return { times, lookups, statements };
    };

    const [free, lookedUp]: [number[], number[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      // A malformed key is rejected without a lookup.
      free.push(...(await besideGuesses((guess) => `${unknown[guess % KEYS]}_`)).times);
      const costly = await besideGuesses((guess) => unknown[guess % KEYS] ?? "");
      lookedUp.push(...costly.times);
      lookups += costly.lookups;
      statements += costly.statements;
      progress(`${round} of ${rounds} rounds, ${Math.round(median(free))} and ${Math.round(median(lookedUp))} ms`);
    }
    expect([...statuses.keys()]).toEqual([401]);
    expect(lookups / statements).toBeGreaterThan(2);
    expect(median(lookedUp)).toBeLessThan(allowed(2) * median(free));
    const times = `${median(lookedUp).toFixed(1)} ms in the median, ${median(free).toFixed(1)} ms beside keys that are rejected without one`;
    return `${guesses} guesses, ${lookups} lookups in ${statements} statements; ${free.length + lookedUp.length} requests of a client, all served: ${times}`;
  },
);
