import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ClientRepository,
  CreateClient,
  EndFormerApiKey,
  parseClientName,
  parseEmailAddress,
  RevokeApiKey,
  RotateApiKey,
  storageUnavailable,
  UpdateClient,
} from "@payments/domain";
import {
  aClient,
  aRotation,
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
const acme = { name: parseClientName("Acme")._unsafeUnwrap(), email: parseEmailAddress("a@b")._unsafeUnwrap() };
let clients: InMemoryClientRepository;
let authenticator: InMemoryApiKeyAuthenticator;
beforeEach(() => {
  const storage = new InMemoryStorage();
  clients = new InMemoryClientRepository(storage, clock);
  authenticator = new InMemoryApiKeyAuthenticator(storage, clock);
});
const created = async () =>
  (await new CreateClient(clients, keys, new SequentialIds(), clock).execute(acme))._unsafeUnwrap();

it("creates an active client whose key works at once", async () => {
  const { client, apiKey } = await created();
  expect(client).toEqual({
    ...acme,
    id: "cli_01j0000000e008000000000001",
    status: "active",
    keyHint: apiKey.hint,
    createdAt: clock.now(),
    updatedAt: clock.now(),
  });
  expect((await authenticator.authenticate(apiKey))._unsafeUnwrap().clientId).toBe(client.id);
});

it("rejects the key of a deactivated client, and records the time of the change", async () => {
  const { client, apiKey } = await created();
  clock.advance(1_000);
  const updated = await new UpdateClient(clients, clock).execute(client.id, { status: "inactive" });
  expect(updated._unsafeUnwrap().updatedAt).toEqual(clock.now());
  expect((await authenticator.authenticate(apiKey))._unsafeUnwrapErr().type).toBe("client-inactive");
});

it("rotates a key with an overlap that ends to the millisecond", async () => {
  const { client, apiKey: former } = await created();
  const rotated = (
    await new RotateApiKey(clients, keys, clock).execute(client.id, aRotation({ overlapSeconds: 60 }))
  )._unsafeUnwrap();
  expect(rotated.overlapEndsAt).toEqual(new Date(clock.now().getTime() + 60_000));
  clock.advance(59_999);
  expect((await authenticator.authenticate(former)).isOk()).toBe(true);
  clock.advance(1);
  expect((await authenticator.authenticate(former))._unsafeUnwrapErr().type).toBe("overlap-ended");
  expect((await authenticator.authenticate(rotated.apiKey)).isOk()).toBe(true);
});

it("ends the former key at once in a rotation without overlap", async () => {
  const { client, apiKey: former } = await created();
  const rotated = (await new RotateApiKey(clients, keys, clock).execute(client.id, aRotation()))._unsafeUnwrap();
  expect(rotated.overlapEndsAt).toBeNull();
  expect((await authenticator.authenticate(former)).isErr()).toBe(true);
});

it("revokes a key", async () => {
  const { client, apiKey } = await created();
  const ended = (await new RevokeApiKey(clients, clock).execute(client.id))._unsafeUnwrap();
  expect(ended).toEqual({ keyHint: apiKey.hint, formerKeyHint: null });
  expect((await authenticator.authenticate(apiKey))._unsafeUnwrapErr().type).toBe("api-key-unknown");
});

it("ends a former key, and only that key", async () => {
  const { client, apiKey: former } = await created();
  const rotation = aRotation({ overlapSeconds: 60 });
  const rotated = (await new RotateApiKey(clients, keys, clock).execute(client.id, rotation))._unsafeUnwrap();
  const ended = (await new EndFormerApiKey(clients, clock).execute(client.id))._unsafeUnwrap();
  expect(ended).toEqual({ keyHint: null, formerKeyHint: former.hint });
  expect((await authenticator.authenticate(former))._unsafeUnwrapErr().type).toBe("api-key-unknown");
  expect((await authenticator.authenticate(rotated.apiKey)).isOk()).toBe(true);
});

describe("while storage is unavailable, a use case", () => {
  const error = storageUnavailable(new Error("connection refused"));
  const fail = () => errAsync(error);
  const away: ClientRepository = {
    create: fail,
    find: fail,
    list: fail,
    update: fail,
    replaceApiKey: fail,
    revokeApiKey: fail,
    endFormerApiKey: fail,
  };
  const { id } = aClient({ id: "client-1" });

  it.each([
    ["creates no client", () => new CreateClient(away, keys, new SequentialIds(), clock).execute(acme)],
    ["changes no client", () => new UpdateClient(away, clock).execute(id, { status: "inactive" })],
    ["rotates no key", () => new RotateApiKey(away, keys, clock).execute(id, aRotation())],
    ["revokes no key", () => new RevokeApiKey(away, clock).execute(id)],
    ["ends no former key", () => new EndFormerApiKey(away, clock).execute(id)],
  ])("%s and returns the cause", async (_, execute) => {
    expect((await execute())._unsafeUnwrapErr()).toEqual({ type: "storage-unavailable", cause: error.cause });
  });
});
