import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CANARY } from "../../../scripts/find-secrets.mjs";
import { createTestDatabase, type TestDatabase } from "../../../test/support/test-database.ts";
import { startService, type TestService } from "../../../test/support/test-service.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const storedKey = async (id: string): Promise<string> =>
  (await database.knex("clients").where({ id }).first("api_key")).api_key;

/** Does the work with a service that has these variables. */
const under = async <Result>(
  variables: Record<string, string>,
  work: (service: TestService) => Promise<Result>,
): Promise<Result> => {
  const { url } = variables["API_KEY_STORAGE"] === "plaintext" ? database.unlogged : database;
  const service = await startService(url, variables);
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
};

it("stores plain keys if configured, and digests under a pepper that can be replaced", async () => {
  const { id, apiKey } = await under({ API_KEY_STORAGE: "plaintext", API_KEY_PREFIX: "pak_test_" }, async (service) => {
    const client = await service.createClient();
    expect((await service.pay(client.apiKey)).status).toBe(201);
    return client;
  });
  expect(apiKey).toMatch(/^pak_test_/);
  expect(await storedKey(id)).toBe(apiKey);
  const [first, second] = [`${CANARY}first`, `${CANARY}second`];
  for (const peppers of [first, `${second},${first}`]) {
    await under({ API_KEY_PEPPER: peppers }, async (service) => {
      expect((await service.pay(apiKey)).status).toBe(201);
      expect(await storedKey(id)).toMatch(/^hmac-sha256:/);
    });
  }
  await under({ API_KEY_PEPPER: "an unknown pepper" }, async (service) => {
    expect((await service.pay(apiKey)).status).toBe(401);
  });
});

it("serves a client with a plain key, and stores the key as a digest from then on", async () => {
  await under({}, async (service) => {
    const { id, apiKey } = await service.createClient();
    await database.unlogged.knex("clients").where({ id }).update({ api_key: apiKey });
    expect((await service.pay(apiKey)).status).toBe(201);
    const digest = await storedKey(id);
    expect(digest).toMatch(/^sha256:/);
    expect((await service.pay(digest)).status).toBe(401);
  });
});

const [OLD, NEW] = ["the old pepper of this test", "the new pepper of this test"];

/** Each step of docs/how-to/change-the-pepper.md: the variables of the processes before it and after it. */
const STEPS = {
  "a change of the pepper": [
    [{ API_KEY_PEPPER: OLD }, { API_KEY_PEPPER: OLD, API_KEY_PEPPER_NEXT: NEW }],
    [{ API_KEY_PEPPER: OLD, API_KEY_PEPPER_NEXT: NEW }, { API_KEY_PEPPER: `${NEW},${OLD}` }],
  ],
  "the first pepper": [
    [{}, { API_KEY_PEPPER_NEXT: NEW }],
    [{ API_KEY_PEPPER_NEXT: NEW }, { API_KEY_PEPPER: NEW }],
  ],
} as const;

const createKeys = (service: TestService, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, async () => (await service.createClient()).apiKey));

/** Every key pays and reads at every process, several times at once. Returns the statuses that occurred. */
const useAll = async (services: readonly TestService[], keys: readonly string[]): Promise<ReadonlySet<number>> => {
  const statuses = new Set<number>();
  const use = async (service: TestService, apiKey: string): Promise<void> => {
    statuses.add((await service.pay(apiKey)).status);
    statuses.add((await service.me(apiKey)).status);
  };
  for (let round = 0; round < 3; round++) {
    await Promise.all(services.flatMap((service) => keys.map((apiKey) => use(service, apiKey))));
  }
  return statuses;
};

describe.each(Object.entries(STEPS))("%s", (_, steps) => {
  it("rejects no key while old and new processes run side by side under load", async () => {
    const keys: string[] = [];
    for (const [before, after] of steps) {
      const services = [await startService(database.url, before), await startService(database.url, after)];
      try {
        for (const service of services) keys.push(...(await createKeys(service, 8)));
        expect(await useAll(services, keys)).toEqual(new Set([200, 201]));
      } finally {
        await Promise.all(services.map((service) => service.stop()));
      }
    }
  });
});
