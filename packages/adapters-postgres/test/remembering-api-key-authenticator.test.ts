import { beforeEach, describe, expect, it } from "@jest/globals";
import {
  type ApiKey,
  type ApiKeyAuthenticator,
  type AuthenticatedClient,
  type AuthenticationError,
  storageUnavailable,
} from "@payments/domain";
import { aClient, FixedClock, SeededApiKeys } from "@payments/domain/testing";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { RememberingApiKeyAuthenticator } from "../src/index.ts";
import { testEncoder } from "./support/test-encoder.ts";

/** Answers as it is told, and counts. */
class CountingAuthenticator implements ApiKeyAuthenticator {
  calls = 0;
  overlapEndsAt: Date | null = null;
  error: AuthenticationError | null = null;

  authenticate(apiKey: ApiKey): ResultAsync<AuthenticatedClient, AuthenticationError> {
    this.calls++;
    if (this.error !== null) return errAsync(this.error);
    return okAsync({
      clientId: aClient({ id: `client of ${apiKey.hint}` }).id,
      credential: testEncoder.encode(apiKey),
      keyHint: apiKey.hint,
      overlapEndsAt: this.overlapEndsAt,
    });
  }
}

describe("RememberingApiKeyAuthenticator", () => {
  const keys = new SeededApiKeys(70_000);
  const apiKey = keys.generate();
  let clock: FixedClock;
  let inner: CountingAuthenticator;
  let remembering: RememberingApiKeyAuthenticator;
  beforeEach(() => {
    clock = new FixedClock();
    inner = new CountingAuthenticator();
    remembering = new RememberingApiKeyAuthenticator(inner, testEncoder, clock, { capacity: 2 });
  });

  const ask = async (key = apiKey) => remembering.authenticate(key);

  it("answers a key that it has seen without asking again, for ten minutes", async () => {
    const first = await ask();
    expect(first._unsafeUnwrap()).toMatchObject({ keyHint: apiKey.hint });
    clock.advance(599_999);
    expect((await ask())._unsafeUnwrap()).toEqual(first._unsafeUnwrap());
    expect(inner.calls).toBe(1);
    clock.advance(1);
    await ask();
    expect(inner.calls).toBe(2);
  });

  it("keeps keys apart", async () => {
    const other = keys.generate();
    await ask();
    expect((await ask(other))._unsafeUnwrap().clientId).not.toBe((await ask())._unsafeUnwrap().clientId);
    expect(inner.calls).toBe(2);
  });

  it.each<AuthenticationError>([
    { type: "api-key-unknown" },
    { type: "client-inactive", clientId: aClient({ id: "client-1" }).id },
    { type: "overlap-ended", clientId: aClient({ id: "client-1" }).id },
    storageUnavailable("away"),
  ])("does not remember $type", async (error) => {
    inner.error = error;
    expect((await ask())._unsafeUnwrapErr()).toEqual(error);
    inner.error = null;
    expect((await ask()).isOk()).toBe(true);
    expect(inner.calls).toBe(2);
  });

  it("remembers a key in overlap no longer than it works", async () => {
    inner.overlapEndsAt = new Date(clock.now().getTime() + 1_000);
    await ask();
    clock.advance(999);
    await ask();
    expect(inner.calls).toBe(1);
    clock.advance(1);
    await ask();
    expect(inner.calls).toBe(2);
  });

  it("asks anew where it must, and remembers what it is told", async () => {
    await remembering.anew.authenticate(apiKey);
    await remembering.anew.authenticate(apiKey);
    expect(inner.calls).toBe(2);
    await ask();
    expect(inner.calls).toBe(2);
  });

  it("forgets a key that is refused when it is asked anew, but not because storage is away", async () => {
    await ask();
    inner.error = storageUnavailable("away");
    await remembering.anew.authenticate(apiKey);
    expect((await ask()).isOk()).toBe(true);
    inner.error = { type: "api-key-unknown" };
    await remembering.anew.authenticate(apiKey);
    expect((await ask()).isErr()).toBe(true);
  });

  it("says which keys it would recognise without asking", async () => {
    expect(remembering.remembers(apiKey)).toBe(false);
    await ask();
    expect(remembering.remembers(apiKey)).toBe(true);
    clock.advance(600_000);
    expect(remembering.remembers(apiKey)).toBe(false);
    expect(inner.calls).toBe(1);
  });

  it("forgets the key that was not used for longest when it is full", async () => {
    const [second, third] = [keys.generate(), keys.generate()];
    for (const key of [apiKey, second, apiKey, third]) await ask(key);
    expect(inner.calls).toBe(3);
    await ask(apiKey);
    expect(inner.calls).toBe(3);
    await ask(second);
    expect(inner.calls).toBe(4);
  });
});
