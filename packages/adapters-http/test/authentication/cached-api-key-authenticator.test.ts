import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ApiKey,
  type ApiKeyAuthenticator,
  type ApiKeyEncoder,
  type AuthenticatedClient,
  type AuthenticationError,
  NO_FEE,
  rehydrateStoredApiKey,
  storageUnavailable,
} from "@payments/domain";
import { aClient, expectError, expectOk, FixedClock, SeededApiKeys } from "@payments/domain/testing";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { CachedApiKeyAuthenticator } from "../../src/index.ts";

const encoder: ApiKeyEncoder = {
  encode: (apiKey) => rehydrateStoredApiKey(`encoded ${apiKey.reveal()}`),
  candidates: (apiKey) => [encoder.encode(apiKey)],
};

/** Returns what the test sets, and counts the calls. */
class CountingAuthenticator implements ApiKeyAuthenticator {
  calls = 0;
  overlapRemainingMs: number | null = null;
  error: AuthenticationError | null = null;

  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    this.calls++;
    if (this.error !== null) return errAsync(this.error);
    return okAsync({
      clientId: aClient({ id: `client of ${apiKey.hint}` }).id,
      credential: encoder.encode(apiKey),
      mode: "live" as const,
      fee: NO_FEE,
      processorAccount: null,
      keyHint: apiKey.hint,
      overlapEndsAt: this.overlapRemainingMs === null ? null : new Date(0),
      overlapRemainingMs: this.overlapRemainingMs,
    });
  }
}

describe("CachedApiKeyAuthenticator", () => {
  const keys = new SeededApiKeys(70_000);
  const apiKey = keys.generate();
  let clock: FixedClock;
  let inner: CountingAuthenticator;
  let cached: CachedApiKeyAuthenticator;
  beforeEach(() => {
    clock = new FixedClock();
    inner = new CountingAuthenticator();
    cached = new CachedApiKeyAuthenticator(inner, encoder, clock, { capacity: 2 });
  });

  const authenticate = async (key = apiKey) => cached.authenticate(key);

  it("authenticates a cached key without reading storage for ten minutes", async () => {
    const first = await authenticate();
    expect(expectOk(first)).toMatchObject({ keyHint: apiKey.hint });
    clock.advance(599_999);
    expect(expectOk(await authenticate())).toEqual(expectOk(first));
    expect(inner.calls).toBe(1);
    clock.advance(1);
    await authenticate();
    expect(inner.calls).toBe(2);
  });

  it("caches each key separately", async () => {
    const other = keys.generate();
    await authenticate();
    expect(expectOk(await authenticate(other)).clientId).not.toBe(expectOk(await authenticate()).clientId);
    expect(inner.calls).toBe(2);
  });

  it.each<AuthenticationError>([
    { type: "api-key-unknown" },
    { type: "client-inactive", clientId: aClient({ id: "client-1" }).id },
    { type: "overlap-ended", clientId: aClient({ id: "client-1" }).id },
    storageUnavailable("away"),
  ])("does not cache $type", async (error) => {
    inner.error = error;
    expect(expectError(await authenticate())).toEqual(error);
    inner.error = null;
    expect((await authenticate()).isOk()).toBe(true);
    expect(inner.calls).toBe(2);
  });

  it("caches a key in overlap only for the rest of the overlap, whatever this process's clock says", async () => {
    inner.overlapRemainingMs = 1_000;
    await authenticate();
    clock.advance(999);
    await authenticate();
    expect(inner.calls).toBe(1);
    clock.advance(1);
    await authenticate();
    expect(inner.calls).toBe(2);
  });

  it("reads storage on every uncached authentication, and caches the result", async () => {
    await cached.uncached.authenticate(apiKey);
    await cached.uncached.authenticate(apiKey);
    expect(inner.calls).toBe(2);
    await authenticate();
    expect(inner.calls).toBe(2);
  });

  it("evicts a key when an uncached authentication fails, but not when storage is unavailable", async () => {
    await authenticate();
    inner.error = storageUnavailable("away");
    await cached.uncached.authenticate(apiKey);
    expect((await authenticate()).isOk()).toBe(true);
    inner.error = { type: "api-key-unknown" };
    await cached.uncached.authenticate(apiKey);
    expect((await authenticate()).isErr()).toBe(true);
  });

  it("knows the keys that were accepted, also after their results expired, until one is refused", async () => {
    expect(cached.isKnown(apiKey)).toBe(false);
    await authenticate();
    expect(cached.isKnown(apiKey)).toBe(true);
    clock.advance(600_000);
    expect(cached.isKnown(apiKey)).toBe(true);
    expect(inner.calls).toBe(1);
    inner.error = { type: "api-key-unknown" };
    await authenticate();
    expect(cached.isKnown(apiKey)).toBe(false);
  });

  it("reads storage again for each key of a forgotten client, and for no other", async () => {
    const other = keys.generate();
    const { clientId } = expectOk(await authenticate());
    await authenticate(other);
    cached.forget(clientId);
    const before = inner.calls;
    await authenticate(other);
    expect(inner.calls).toBe(before);
    await authenticate();
    expect(inner.calls).toBe(before + 1);
  });

  it("still knows the keys of a forgotten client", async () => {
    const { clientId } = expectOk(await authenticate());
    cached.forget(clientId);
    expect(cached.isKnown(apiKey)).toBe(true);
  });

  it("does not cache a client that was read before it was forgotten", async () => {
    const reading = authenticate();
    cached.forget(aClient({ id: `client of ${apiKey.hint}` }).id);
    await reading;
    expect(cached.isKnown(apiKey)).toBe(false);
  });

  it("evicts the least recently used key when full", async () => {
    const [second, third] = [keys.generate(), keys.generate()];
    for (const key of [apiKey, second, apiKey, third]) await authenticate(key);
    expect(inner.calls).toBe(3);
    await authenticate(apiKey);
    expect(inner.calls).toBe(3);
    await authenticate(second);
    expect(inner.calls).toBe(4);
  });
});
