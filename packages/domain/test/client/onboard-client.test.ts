import { beforeEach, describe, expect, it } from "@jest/globals";
import { type Client, OnboardClient, type ProcessorAccount } from "@payments/domain";
import {
  aClient,
  anActor,
  expectError,
  expectOk,
  FixedClock,
  InMemoryClientRepository,
  InMemoryConnectedAccounts,
  InMemoryOnboardingTokens,
  InMemoryStorage,
  onboardingTokensContract,
  SeededApiKeys,
} from "@payments/domain/testing";

const DAY_MS = 86_400_000;

onboardingTokensContract(async () => {
  const clock = new FixedClock();
  return { tokens: new InMemoryOnboardingTokens(clock), pass: async (milliseconds) => clock.advance(milliseconds) };
});

let clock: FixedClock;
let clients: InMemoryClientRepository;
let accounts: InMemoryConnectedAccounts<"live">;
let onboard: OnboardClient;
let urls: { page: string; token: string }[];
let client: Client;

beforeEach(async () => {
  clock = new FixedClock();
  const storage = new InMemoryStorage();
  clients = new InMemoryClientRepository(storage, clock);
  accounts = new InMemoryConnectedAccounts("live", clock);
  urls = [];
  const tokens = new InMemoryOnboardingTokens(clock);
  onboard = new OnboardClient(clients, { live: accounts, test: null }, tokens, clock, (page, id, token) => {
    urls.push({ page, token });
    return `https://pay.example/${page}?client=${id}&token=${token}`;
  });
  client = aClient({ id: "client-1", mode: "live" });
  expectOk(await clients.create(client, new SeededApiKeys().generate(), anActor, null));
});

const read = async () => expectOk(await clients.find(client.id));
const start = async () => expectOk(await onboard.start(client.id, anActor));
const accept = async (chargesEnabled: boolean) => {
  const account = (await read()).processorAccount as ProcessorAccount;
  accounts.statuses.set(account, { chargesEnabled, detailsSubmitted: true });
  return account;
};

describe("the onboarding of a client", () => {
  it("creates one account, which takes no charges yet, and a new link each time", async () => {
    const links = await Promise.all([start(), start()]);
    expect(await read()).toMatchObject({ processorAccount: "acct_1", processorChargesEnabled: false });
    expect((await start()).url).not.toBe(links[0]?.url);
    expect(accounts.statuses.size).toBe(1);
  });

  it("sends the client back with a token, and stores what the processor then says", async () => {
    await start();
    const token = urls.find(({ page }) => page === "returned")?.token ?? "";
    expect(expectOk(await onboard.finish(client.id, token)).chargesEnabled).toBe(false);
    await accept(true);
    expect((await read()).processorChargesEnabled).toBe(false);
    expect(expectOk(await onboard.finish(client.id, token)).chargesEnabled).toBe(true);
    expect((await read()).processorChargesEnabled).toBe(true);
  });

  it("gives a new link for the token of an expired one, for 7 days", async () => {
    await start();
    const token = urls.find(({ page }) => page === "refresh")?.token ?? "";
    expect(expectOk(await onboard.refresh(client.id, token)).url).toMatch(/^https:/);
    clock.advance(7 * DAY_MS);
    for (const result of [await onboard.refresh(client.id, token), await onboard.finish(client.id, token)]) {
      expect(expectError(result)).toEqual({ type: "onboarding-token-invalid" });
    }
  });

  it("keeps the token of a link that it renews, so that renewals do not extend it", async () => {
    await start();
    const token = urls.find(({ page }) => page === "refresh")?.token ?? "";
    clock.advance(6 * DAY_MS);
    expectOk(await onboard.refresh(client.id, token));
    expect(new Set(urls.map((url) => url.token))).toEqual(new Set([token]));
  });

  it("renews no link of an inactive client", async () => {
    await start();
    const token = urls.find(({ page }) => page === "refresh")?.token ?? "";
    expectOk(await clients.update(client.id, { status: "inactive" }, clock.now(), anActor));
    const links = urls.length;
    expect(expectError(await onboard.refresh(client.id, token))).toEqual({ type: "onboarding-token-invalid" });
    expect(urls).toHaveLength(links);
  });

  it("is not possible without a processor for the client's mode, nor for an unknown client", async () => {
    const test = aClient({ id: "client-2", mode: "test" });
    expectOk(await clients.create(test, new SeededApiKeys(9).generate(), anActor, null));
    expect(expectError(await onboard.start(test.id, anActor))).toEqual({ type: "no-processor" });
    const unknown = aClient({ id: "client-3" });
    expect(expectError(await onboard.start(unknown.id, anActor))).toEqual({ type: "client-not-found" });
  });
});

describe("a change of a connected account", () => {
  it("is read from the processor", async () => {
    await start();
    const account = await accept(true);
    expectOk(await onboard.refreshAccount("live", account));
    expect((await read()).processorChargesEnabled).toBe(true);
    await accept(false);
    expectOk(await onboard.refreshAccount("live", account));
    expect((await read()).processorChargesEnabled).toBe(false);
  });

  it("that took the account from the platform ends charges, and keeps the account", async () => {
    await start();
    const account = await accept(true);
    expectOk(await onboard.refreshAccount("live", account));
    accounts.statuses.delete(account);
    expectOk(await onboard.refreshAccount("live", account));
    expect(await read()).toMatchObject({ processorAccount: account, processorChargesEnabled: false });
    expect(expectError(await onboard.start(client.id, anActor))).toEqual({ type: "not-at-processor" });
  });

  it("of nobody, or of the other mode, is unmatched", async () => {
    await start();
    const account = await accept(true);
    expect(expectError(await onboard.refreshAccount("test", account))).toEqual({ type: "account-unmatched" });
    const foreign = "acct_foreign" as ProcessorAccount;
    expect(expectError(await onboard.refreshAccount("live", foreign))).toEqual({ type: "account-unmatched" });
  });
});
