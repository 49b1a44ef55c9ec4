import { randomBytes } from "node:crypto";
import { expect } from "@jest/globals";
import { CsprngApiKeyGenerator } from "@payments/adapters-crypto";
import { createApiKey, parseApiKeyPrefix } from "@payments/domain";
import { expectOk } from "@payments/domain/testing";
import { type ApiProcess, startApi } from "../support/api-process.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { undoAfterEach } from "../support/undo-after-each.ts";
import { guarantee } from "./support/guarantee.ts";
import { Stopwatch } from "./support/stopwatch.ts";
import { signedRankZ } from "./support/wilcoxon.ts";

const using = undoAfterEach();

const Z_LIMIT = 4.42;
const PLANTED_MICROSECONDS = 5;
const INACTIVE_CLIENTS = 50;
const WARM_UP = 500;

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX = expectOk(parseApiKeyPrefix("pak_live_"));
const generator = new CsprngApiKeyGenerator(PREFIX);

const random = (): string => generator.generate("live").reveal();

/** Another well-formed key that differs from the given one only in its last characters. */
const rightPrefixOf = (apiKey: string): string => {
  const digits = [...apiKey.slice(PREFIX.length, -6)];
  const value = digits.reduce((sum, digit) => sum * 62n + BigInt(DIGITS.indexOf(digit)), 0n);
  const entropy = Buffer.from(value.toString(16).padStart(64, "0"), "hex");
  const tail = randomBytes(2);
  // Must differ from the key itself.
  if (tail.equals(entropy.subarray(30))) tail[0] = ((tail[0] ?? 0) + 1) % 256;
  return createApiKey(PREFIX, Buffer.concat([entropy.subarray(0, 30), tail])).reveal();
};

const inactiveKeys = async (api: ApiProcess): Promise<string[]> => {
  const keys: string[] = [];
  for (let count = 0; count < INACTIVE_CLIENTS; count++) {
    const { id, apiKey } = await api.createClient();
    await api.asAdmin("PATCH", `/accounts/${id}`, { status: "inactive" });
    keys.push(apiKey);
  }
  return keys;
};

const reading = (apiKey: string): Buffer =>
  Buffer.from(`GET /me HTTP/1.1\r\nHost: api\r\nx-api-key: ${apiKey}\r\n\r\n`);

/**
 * Times rejections of keys of each kind in random order, so that neither order nor drift favors one kind. The fastest of
 * several rejections counts, because other work of the machine only slows them down.
 */
const timeEach = async (stopwatch: Stopwatch, kinds: readonly (() => string)[], times: number): Promise<number[]> => {
  const quickest = kinds.map(() => Number.POSITIVE_INFINITY);
  const order = Array.from({ length: times }, () => kinds.map((keyOf, kind) => ({ key: keyOf(), kind })))
    .flat()
    .map((one) => ({ ...one, at: Math.random() }))
    .sort((one, other) => one.at - other.at);
  for (const { key, kind } of order) {
    const time = await stopwatch.time(reading(key), 401);
    quickest[kind] = Math.min(time, quickest[kind] ?? time);
  }
  return quickest;
};

guarantee(
  {
    id: "refusal-timing",
    says: "The duration of a rejection reveals nothing. Keys of inactive clients and unknown keys, and random keys and keys with a correct beginning, cannot be distinguished in 5,000 pairs of the fastest of several rejections (Wilcoxon, z within 4.42). The same harness detects a planted difference of 5 µs.",
    covers: "ASVS 5.0 6.3.8, 11.2.4 / CWE-208",
    short: { pairs: 2_000, times: 4 },
    long: { pairs: 5_000, times: 4 },
  },
  async ({ pairs, times }, { progress, allowed }) => {
    const database = using(await createTestDatabase(), (created) => created.drop());
    const api = using(await startApi(database.url), (started) => started.end("SIGKILL"));
    const inactive = await inactiveKeys(api);
    const { apiKey: active } = await api.createClient();
    const stopwatch = using(new Stopwatch(api.url), (open) => open.close());
    for (let count = 0; count < WARM_UP; count++) await stopwatch.time(reading(random()), 401);

    const alike: number[] = [];
    const unknownOrInactive: number[] = [];
    const randomOrRightPrefix: number[] = [];
    let next = 0;
    const kinds = [random, random, () => inactive[next++ % INACTIVE_CLIENTS] ?? "", () => rightPrefixOf(active)];
    for (let count = 0; count < pairs; count++) {
      const [one = 0, other = 0, held = 0, beginning = 0] = await timeEach(stopwatch, kinds, times);
      alike.push(other - one);
      unknownOrInactive.push(held - one);
      randomOrRightPrefix.push(beginning - one);
      if (count % 1_000 === 999) progress(`${count + 1} of ${pairs} pairs`);
    }

    // On a busy machine the harness detects only larger differences.
    const seenWhere = (planted: number): boolean => signedRankZ(alike.map((one) => one + planted)) > Z_LIMIT;
    let seen = PLANTED_MICROSECONDS;
    while (seen < allowed(PLANTED_MICROSECONDS) && !seenWhere(seen)) seen++;
    const [control, state, prefix] = [alike, unknownOrInactive, randomOrRightPrefix].map(signedRankZ);
    const figure = `${pairs} pairs: z = ${state?.toFixed(2)} for inactive clients, ${prefix?.toFixed(2)} for correct beginnings, ${control?.toFixed(2)} for alike ones, planted ${seen} µs are ${seenWhere(seen) ? "" : "not "}seen`;
    progress(figure);
    expect([seen, seenWhere(seen)]).toEqual([seen, true]);
    for (const z of [control, state, prefix]) expect(Math.abs(z ?? Number.NaN)).toBeLessThan(Z_LIMIT);
    return figure;
  },
);
