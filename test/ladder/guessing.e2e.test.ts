import { Agent } from "node:http";
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

const GUESSERS = 16;
/** Each rejection over the limit takes a second. */
const REJECTED_GUESSERS = 500;
const ALLOWED = 100;
const LOOKUPS = 'database_queue_items_total{queue="api-keys"}';

const keys = new CsprngApiKeyGenerator(expectOk(parseApiKeyPrefix("pak_live_")));

/** Statuses of guesses with unknown keys over several connections. */
const guess = async (
  url: string,
  guesses: number,
  forwardedFor: (guess: number) => string | null = () => null,
): Promise<ReadonlyMap<number, number>> => {
  const agent = using(new Agent({ keepAlive: true, maxSockets: REJECTED_GUESSERS }), (own) => own.destroy());
  const statuses = new Map<number, number>();
  let next = 0;
  const guesser = async (until: number): Promise<void> => {
    while (next < until) {
      const address = forwardedFor(next++);
      const { status } = await send(agent, `${url}/me`, {
        headers: { "x-api-key": keys.generate("live").reveal(), ...(address && { "x-forwarded-for": address }) },
      });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: GUESSERS }, () => guesser(Math.min(guesses, ALLOWED))));
  await Promise.all(Array.from({ length: REJECTED_GUESSERS }, () => guesser(guesses)));
  return statuses;
};

const limits = { RATE_LIMIT_FAILED_AUTHENTICATIONS: String(ALLOWED), RATE_LIMIT_WINDOW_SECONDS: "86400" };

guarantee(
  {
    id: "guessing",
    says: "After 100 failed authentications an address gets 429 and no more lookups. A client behind the same address keeps paying with its key and its full quota, and admin tokens keep working.",
    covers: "ASVS 5.0 6.3.1, 2.4.1 / CWE-307, CWE-799",
    short: { guesses: 1_000, payments: 100 },
    long: { guesses: 10_000, payments: 300 },
  },
  async ({ guesses, payments }, { progress }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const quota = 10 * payments;
    const variables = { ...limits, RATE_LIMIT_CLIENT_REQUESTS: String(quota) };
    const api = using(await startApi(database.url, variables), (started) => started.end("SIGKILL"));
    const client = await api.createClient();
    const caller = using(clientOf(api.url, client), (own) => own.close());
    expect((await caller.pay({ name: "before" })).status).toBe(201);
    const before = await metric(api, LOOKUPS);
    const guessing = guess(api.url, guesses);
    let left = quota - 1;
    for (let count = 0; count < payments; count++) {
      const { status, headers } = await caller.pay({ name: "meanwhile" });
      expect(status).toBe(201);
      left--;
      // The allowance of a window's first requests is not reported again.
      expect(Number(/r=(\d+)/.exec(String(headers["ratelimit"]))?.[1])).toBeGreaterThanOrEqual(left - 0.03 * quota);
      if (count % 50 === 0) progress(`${count} of ${payments} payments`);
    }
    const statuses = await guessing;
    const lookups = (await metric(api, LOOKUPS)) - before;
    expect(statuses).toEqual(
      new Map([
        [401, expect.anything()],
        [429, expect.anything()],
      ]),
    );
    // Concurrent guesses can all pass the limit's check.
    expect(lookups).toBeLessThan(ALLOWED + GUESSERS);
    expect(lookups).toBeGreaterThanOrEqual(ALLOWED);
    expect(statuses.get(401)).toBe(ALLOWED);
    expect((await api.asAdmin("GET", `/accounts/${client.id}`)).status).toBe(200);
    expect((await caller.request("/me")).status).toBe(200);
    return `${guesses} guesses: ${statuses.get(401)} times 401, ${statuses.get(429)} times 429, ${lookups} lookups; ${payments} payments meanwhile, all created`;
  },
);

guarantee(
  {
    id: "spoofed-address",
    says: "X-Forwarded-For has no effect without TRUST_PROXY. With it, only the addresses that trusted proxies added count.",
    covers: "ASVS 5.0 4.1.3, 6.3.1 / CWE-290, CWE-348",
    short: { guesses: 300 },
    long: { guesses: 5_000 },
  },
  async ({ guesses }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const spoofed = (number: number): string => `203.0.113.${number % 256}, 2001:db8:${number.toString(16)}::1`;
    const start = async (trustProxy: string) =>
      using(await startApi(database.url, { ...limits, TRUST_PROXY: trustProxy }), (api) => api.end("SIGKILL"));
    const [untrusting, trusting] = [await start("false"), await start("1")];
    const plain = await guess(untrusting.url, guesses, spoofed);
    const behind = await guess(trusting.url, guesses, (number) => `${spoofed(number)}, 198.51.100.7`);
    for (const statuses of [plain, behind]) {
      expect(Object.fromEntries(statuses)).toEqual({ 401: ALLOWED, 429: guesses - ALLOWED });
    }
    const another = await guess(trusting.url, ALLOWED, (number) => `198.51.100.7, 198.51.100.${(number % 2) + 8}`);
    expect(Object.fromEntries(another)).toEqual({ 401: ALLOWED });
    return `${guesses} spoofed addresses without a proxy and ${guesses} behind one: ${ALLOWED} times 401 each, then 429`;
  },
);
