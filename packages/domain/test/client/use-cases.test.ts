import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ClientRepository,
  CreateClient,
  type CreateClientCommand,
  EndFormerApiKey,
  NO_FEE,
  parseClientName,
  parseEmailAddress,
  RevokeApiKey,
  RotateApiKey,
  storageUnavailable,
  UpdateClient,
} from "@payments/domain";
import {
  aClient,
  anActor,
  anIdempotencyKey,
  aRotation,
  expectError,
  expectOk,
  FixedClock,
  InMemoryApiKeyAuthenticator,
  InMemoryClientRepository,
  InMemoryStorage,
  SeededApiKeys,
  SequentialIds,
} from "@payments/domain/testing";
import { errAsync } from "neverthrow";

const clock = new FixedClock();
const keys = new SeededApiKeys();
let ids: SequentialIds;
const acme = {
  name: expectOk(parseClientName("Acme")),
  email: expectOk(parseEmailAddress("a@b")),
  mode: "live",
  idempotencyKey: null,
} as const;
let clients: InMemoryClientRepository;
let authenticator: InMemoryApiKeyAuthenticator;
beforeEach(() => {
  const storage = new InMemoryStorage();
  ids = new SequentialIds();
  clients = new InMemoryClientRepository(storage, clock);
  authenticator = new InMemoryApiKeyAuthenticator(storage, clock);
});
const create = async (command: CreateClientCommand = acme) => {
  const { client, apiKey } = expectOk(await new CreateClient(clients, keys, ids, clock).execute(command, anActor));
  if (apiKey === null) throw new Error("an earlier call created the client");
  return { client, apiKey };
};

it("creates an active client whose key works at once", async () => {
  const { client, apiKey } = await create();
  const { idempotencyKey, ...fields } = acme;
  expect(client).toEqual({
    ...fields,
    id: "cli_01j0000000e008000000000001",
    status: "active",
    keyHint: apiKey.hint,
    fee: NO_FEE,
    processorAccount: null,
    processorChargesEnabled: false,
    createdAt: clock.now(),
    updatedAt: clock.now(),
  });
  expect(expectOk(await authenticator.authenticate(apiKey)).clientId).toBe(client.id);
});

it("creates one client for a repeated request, and returns its key only once", async () => {
  const command = { ...acme, idempotencyKey: anIdempotencyKey("order-1") };
  const { client } = await create(command);
  const repeated = await new CreateClient(clients, keys, ids, clock).execute(command, anActor);
  expect(expectOk(repeated)).toEqual({ client, apiKey: null });
});

it.each(["live", "test"] as const)("shows the mode %s in the client's first key and in the next one", async (mode) => {
  const created = await create({ ...acme, mode });
  expect(created.client.mode).toBe(mode);
  expect(created.apiKey.hint).toMatch(`pak_${mode}_`);
  const rotation = new RotateApiKey(clients, keys, clock).execute(created.client.id, aRotation(), anActor);
  expect(expectOk(await rotation).apiKey.hint).toMatch(`pak_${mode}_`);
});

it("rejects the key of a deactivated client, and records the time of the change", async () => {
  const { client, apiKey } = await create();
  clock.advance(1_000);
  const updated = await new UpdateClient(clients, clock).execute(client.id, { status: "inactive" }, anActor);
  expect(expectOk(updated).updatedAt).toEqual(clock.now());
  expect(expectError(await authenticator.authenticate(apiKey)).type).toBe("client-inactive");
});

it("rotates a key with an overlap that ends to the millisecond", async () => {
  const { client, apiKey: former } = await create();
  const rotated = expectOk(
    await new RotateApiKey(clients, keys, clock).execute(client.id, aRotation({ overlapSeconds: 60 }), anActor),
  );
  expect(rotated.overlapEndsAt).toEqual(new Date(clock.now().getTime() + 60_000));
  clock.advance(59_999);
  expect((await authenticator.authenticate(former)).isOk()).toBe(true);
  clock.advance(1);
  expect(expectError(await authenticator.authenticate(former)).type).toBe("overlap-ended");
  expect((await authenticator.authenticate(rotated.apiKey)).isOk()).toBe(true);
});

it("ends the former key at once in a rotation without overlap", async () => {
  const { client, apiKey: former } = await create();
  const rotated = expectOk(await new RotateApiKey(clients, keys, clock).execute(client.id, aRotation(), anActor));
  expect(rotated.overlapEndsAt).toBeNull();
  expect((await authenticator.authenticate(former)).isErr()).toBe(true);
});

it("revokes a key", async () => {
  const { client, apiKey } = await create();
  const ended = expectOk(await new RevokeApiKey(clients, clock).execute(client.id, anActor));
  expect(ended).toEqual({ keyHint: apiKey.hint, formerKeyHint: null });
  expect(expectError(await authenticator.authenticate(apiKey)).type).toBe("api-key-unknown");
});

it("ends a former key, and only that key", async () => {
  const { client, apiKey: former } = await create();
  const rotation = aRotation({ overlapSeconds: 60 });
  const rotated = expectOk(await new RotateApiKey(clients, keys, clock).execute(client.id, rotation, anActor));
  const ended = expectOk(await new EndFormerApiKey(clients, clock).execute(client.id, anActor));
  expect(ended).toEqual({ keyHint: null, formerKeyHint: former.hint });
  expect(expectError(await authenticator.authenticate(former)).type).toBe("api-key-unknown");
  expect((await authenticator.authenticate(rotated.apiKey)).isOk()).toBe(true);
});

describe("while storage is unavailable, a use case", () => {
  const error = storageUnavailable(new Error("connection refused"));
  const fail = () => errAsync(error);
  const away: ClientRepository = {
    create: fail,
    find: fail,
    findByProcessorAccount: fail,
    list: fail,
    update: fail,
    replaceApiKey: fail,
    revokeApiKey: fail,
    endFormerApiKey: fail,
  };
  const { id } = aClient({ id: "client-1" });

  it.each([
    ["creates no client", () => new CreateClient(away, keys, ids, clock).execute(acme, anActor)],
    ["changes no client", () => new UpdateClient(away, clock).execute(id, { status: "inactive" }, anActor)],
    ["rotates no key", () => new RotateApiKey(away, keys, clock).execute(id, aRotation(), anActor)],
    ["revokes no key", () => new RevokeApiKey(away, clock).execute(id, anActor)],
    ["ends no former key", () => new EndFormerApiKey(away, clock).execute(id, anActor)],
  ])("%s and returns the cause", async (_, execute) => {
    expect(expectError(await execute())).toEqual({ type: "storage-unavailable", cause: error.cause });
  });
});
