import { beforeEach, describe, expect, it } from "@jest/globals";
import { type ConnectedAccounts, type Mode, type ProcessorAccount, parseProcessorAccount } from "@payments/domain";
import { aClient } from "../shared/builders.ts";
import { expectError, expectOk } from "../shared/result.ts";

export interface ConnectedAccountsSetUp<M extends Mode> {
  readonly accounts: ConnectedAccounts<M>;
  /** The client fills in the form, and the processor accepts the details. */
  complete(account: ProcessorAccount): Promise<void>;
  /** The processor suspends the account. */
  disable(account: ProcessorAccount): Promise<void>;
}

/** What every `ConnectedAccounts` promises. */
export const connectedAccountsContract = <M extends Mode>(setUp: () => Promise<ConnectedAccountsSetUp<M>>): void =>
  describe("ConnectedAccounts", () => {
    const client = aClient({ id: "client-1" });
    const urls = { returnUrl: "https://pay.example/return", refreshUrl: "https://pay.example/refresh" };
    const absent = expectOk(parseProcessorAccount("acct_absent"));
    let given: ConnectedAccountsSetUp<M>;
    beforeEach(async () => {
      given = await setUp();
    });
    const create = async (who = client) => expectOk(await given.accounts.create(who));
    const status = async (account: ProcessorAccount) => expectOk(await given.accounts.status(account));

    it("creates one account for a client, however often it is asked", async () => {
      const created = await Promise.all(Array.from({ length: 5 }, () => create()));
      expect(new Set(created).size).toBe(1);
      expect(await create()).toBe(created[0]);
    });

    it("creates an account for each client, whatever their names", async () => {
      expect(await create()).not.toBe(await create(aClient({ id: "client-2" })));
    });

    it("allows charges only after the processor accepted the client", async () => {
      const account = await create();
      expect(await status(account)).toEqual({ chargesEnabled: false, detailsSubmitted: false });
      await given.complete(account);
      expect(await status(account)).toEqual({ chargesEnabled: true, detailsSubmitted: true });
      expect(await create()).toBe(account);
    });

    it("reports that the processor suspended an account", async () => {
      const account = await create();
      await given.complete(account);
      await given.disable(account);
      expect(await status(account)).toEqual({ chargesEnabled: false, detailsSubmitted: true });
    });

    it("gives a new link for each visit", async () => {
      const account = await create();
      const [one, other] = [
        expectOk(await given.accounts.onboardingLink(account, urls)),
        expectOk(await given.accounts.onboardingLink(account, urls)),
      ];
      expect(one.url).toMatch(/^https:\/\//);
      expect(one.url).not.toBe(other.url);
      expect(one.expiresAt).toBeInstanceOf(Date);
    });

    it("knows no account that it did not create", async () => {
      const error = { type: "not-at-processor" };
      expect(expectError(await given.accounts.status(absent))).toEqual(error);
      expect(expectError(await given.accounts.onboardingLink(absent, urls))).toEqual(error);
    });
  });
