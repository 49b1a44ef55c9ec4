import { beforeEach, describe, expect, it } from "@jest/globals";
import type { OnboardingTokens } from "@payments/domain";
import { aClient } from "../shared/builders.ts";
import { expectOk } from "../shared/result.ts";

export interface OnboardingTokensSetUp {
  readonly tokens: OnboardingTokens;
  pass(milliseconds: number): Promise<void>;
}

const LIFETIME_MS = 60_000;

/** What every `OnboardingTokens` promises. */
export const onboardingTokensContract = (setUp: () => Promise<OnboardingTokensSetUp>): void =>
  describe("OnboardingTokens", () => {
    const { id } = aClient({ id: "client-1" });
    const { id: other } = aClient({ id: "client-2" });
    let given: OnboardingTokensSetUp;
    beforeEach(async () => {
      given = await setUp();
    });
    const issue = async () => expectOk(await given.tokens.issue(id, LIFETIME_MS));
    const verify = async (token: string, client = id) => expectOk(await given.tokens.verify(client, token));

    it("accepts a token of its client until it expires, more than once", async () => {
      const token = await issue();
      expect([await verify(token), await verify(token)]).toEqual([true, true]);
      await given.pass(LIFETIME_MS);
      expect(await verify(token)).toBe(false);
    });

    it("accepts no token of another client, and none that was not issued", async () => {
      const token = await issue();
      expect([await verify(token, other), await verify(`${token}x`), await verify("")]).toEqual([false, false, false]);
    });

    it("issues a new token each time, and keeps the earlier ones", async () => {
      const [one, next] = [await issue(), await issue()];
      expect(one).not.toBe(next);
      expect([await verify(one), await verify(next)]).toEqual([true, true]);
    });
  });
