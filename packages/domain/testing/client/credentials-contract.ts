import { beforeAll, expect, it } from "@jest/globals";
import {
  type ApiKey,
  type ApiKeyAuthenticator,
  type Client,
  type ClientRepository,
  type ClientStatus,
  type Credentials,
  endFormer,
  isCurrent,
  type PaymentRepository,
  type Rotation,
  rehydrateStoredApiKey,
  revoke,
  rotate,
  type StoredApiKey,
} from "@payments/domain";
import fc from "fast-check";
import { aClient, anActor, aPayment, aRotation } from "../shared/builders.ts";
import { SequentialIds } from "../shared/clock-and-ids.ts";
import { expectError, expectOk } from "../shared/result.ts";
import { SeededApiKeys } from "./seeded-api-keys.ts";

export interface CredentialStorage {
  readonly clients: ClientRepository;
  readonly authenticator: ApiKeyAuthenticator;
  readonly payments: PaymentRepository;
  /** The form in which a new key is stored. */
  encode(apiKey: ApiKey): StoredApiKey;
  /** Lets time pass for the overlaps in storage. */
  pass(milliseconds: number): Promise<void>;
}

const HOUR_MS = 3_600_000;
const START = new Date("2026-01-02T03:04:05.678Z");

/** The expected state of one client. Keys are named by the order in which they were issued. */
interface Model {
  credentials: Credentials | null;
  status: ClientStatus;
  issued: number;
  now: Date;
}

/** One client in storage, and every key that was ever issued for it. */
interface Real {
  readonly storage: CredentialStorage;
  readonly client: Client;
  readonly keys: ApiKey[];
  readonly generateKey: () => ApiKey;
  readonly nextPaymentId: () => string;
}

type Command = fc.AsyncCommand<Model, Real, true>;

const keyName = (index: number): StoredApiKey => rehydrateStoredApiKey(`key ${index}`);

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: async () => true,
  run,
  toString: () => name,
});

const notFound = { type: "client-not-found" };

const create = command("create", async (model, { storage, client, keys, generateKey }) => {
  const apiKey = generateKey();
  const result = await storage.clients.create(client, apiKey, anActor, null);
  keys.push(apiKey);
  model.issued += 1;
  if (model.credentials !== null) {
    expect(expectError(result)).toEqual({ type: "client-already-exists" });
    return;
  }
  expect(result.isOk()).toBe(true);
  model.credentials = { type: "current", current: keyName(model.issued - 1) };
});

const rotateKey = (rotation: Rotation): Command =>
  command(`rotate ${JSON.stringify(rotation)}`, async (model, real) => {
    const { storage, client, keys, generateKey } = real;
    const apiKey = generateKey();
    const result = await storage.clients.replaceApiKey(client.id, apiKey, rotation, new Date(), anActor);
    keys.push(apiKey);
    model.issued += 1;
    if (model.credentials === null) {
      expect(expectError(result)).toEqual(notFound);
      return;
    }
    const expected = rotate(model.credentials, keyName(model.issued - 1), rotation, model.now);
    if (expected.isErr()) {
      expect(expectError(result)).toEqual(expected.error);
      return;
    }
    model.credentials = expected.value;
    expect(expectOk(result) !== null).toBe(model.credentials.type === "overlap");
  });

/** The hint of the key if it was valid and no longer is. */
const endedHint = (keys: readonly ApiKey[], before: Credentials, { credentials, now }: Model, former: boolean) => {
  const index = keys.findIndex((_, at) => {
    const key = keyName(at);
    const isFormer = before.type === "overlap" && before.former === key;
    const isEnded = isCurrent(before, key, now) && credentials !== null && !isCurrent(credentials, key, now);
    return isFormer === former && isEnded;
  });
  return keys[index]?.hint ?? null;
};

const endKeys = (name: "revokeApiKey" | "endFormerApiKey", transition: (before: Credentials) => Credentials): Command =>
  command(name, async (model, { storage, client, keys }) => {
    const result = await storage.clients[name](client.id, new Date(), anActor);
    const before = model.credentials;
    if (before === null) expect(expectError(result)).toEqual(notFound);
    else {
      model.credentials = transition(before);
      expect(expectOk(result)).toEqual({
        keyHint: endedHint(keys, before, model, false),
        formerKeyHint: endedHint(keys, before, model, true),
      });
    }
  });

const setStatus = (status: ClientStatus): Command =>
  command(`make the client ${status}`, async (model, { storage, client }) => {
    const result = await storage.clients.update(client.id, { status }, new Date(), anActor);
    if (model.credentials === null) expect(expectError(result)).toEqual(notFound);
    else {
      expect(result.isOk()).toBe(true);
      model.status = status;
    }
  });

const letTimePass = (hours: number): Command =>
  command(`let ${hours} hours pass`, async (model, { storage }) => {
    await storage.pass(hours * HOUR_MS);
    model.now = new Date(model.now.getTime() + hours * HOUR_MS);
  });

const authenticationError = ({ credentials, status, now }: Model, key: StoredApiKey): string | null => {
  const isFormer = credentials?.type === "overlap" && credentials.former === key;
  const isValid = credentials !== null && isCurrent(credentials, key, now);
  if (!isValid && !isFormer) return "api-key-unknown";
  if (status !== "active") return "client-inactive";
  return isValid ? null : "overlap-ended";
};

/** Presents every key that was ever issued. */
const authenticate = command("authenticate", async (model, { storage, client, keys }) => {
  for (const [index, apiKey] of keys.entries()) {
    const key = keyName(index);
    const error = authenticationError(model, key);
    const result = await storage.authenticator.authenticate(apiKey);
    expect(result.isErr() ? result.error.type : null).toBe(error);
    if (result.isErr()) continue;
    const { credentials } = model;
    const isFormer = credentials?.type === "overlap" && credentials.former === key;
    expect(result.value.clientId).toBe(client.id);
    expect(result.value.overlapEndsAt !== null).toBe(isFormer);
    expect(result.value.overlapRemainingMs !== null).toBe(isFormer);
  }
});

/** Pays with every key that was ever issued. */
const pay = command("pay", async (model, { storage, client, keys, nextPaymentId }) => {
  for (const [index, apiKey] of keys.entries()) {
    const payment = aPayment({ uuid: nextPaymentId(), clientId: client.id });
    const result = await storage.payments.create(payment, storage.encode(apiKey), null, "live");
    const { credentials, status, now } = model;
    const isAccepted = credentials !== null && status === "active" && isCurrent(credentials, keyName(index), now);
    expect(result.isErr() ? result.error : null).toEqual(isAccepted ? null : { type: "credential-not-current" });
  }
});

/** Overlaps end on the half hour and time passes in whole hours: the duration of the test itself never matters. */
const commands = fc.commands(
  [
    fc.constant(create),
    fc
      .record({ overlapSeconds: fc.constantFrom(0, 1_800, 5_400, 12_600), endFormerKey: fc.boolean() })
      .map((fields) => rotateKey(aRotation(fields))),
    fc.constant(endKeys("revokeApiKey", revoke)),
    fc.constant(endKeys("endFormerApiKey", endFormer)),
    fc.constantFrom<ClientStatus>("active", "inactive").map(setStatus),
    fc.constantFrom(1, 2).map(letTimePass),
    fc.constant(authenticate),
    fc.constant(pay),
  ],
  { maxCommands: 30, size: "max" },
);

/** Runs the same commands against storage and the type `Credentials`, and compares every result. */
export const credentialsContract = (setUp: () => Promise<CredentialStorage>): void => {
  let storage: CredentialStorage;
  beforeAll(async () => {
    storage = await setUp();
  });

  it("keeps a client's credentials as the transitions of Credentials define them", async () => {
    const seededKeys = new SeededApiKeys(5_000);
    const ids = new SequentialIds();
    const generateKey = () => seededKeys.generate();
    const nextPaymentId = () => ids.next();
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const client = aClient({ id: `client-${ids.next()}` });
        const model: Model = { credentials: null, status: "active", issued: 0, now: START };
        const real: Real = { storage, client, keys: [], generateKey, nextPaymentId };
        const setup = () => ({ model, real });
        await fc.asyncModelRun(setup, [create, ...sequence, authenticate, pay]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
};
