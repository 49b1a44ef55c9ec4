import { onboardingUrl } from "@payments/adapters-http";
import { KnexOnboardingTokens } from "@payments/adapters-postgres";
import { StripeConnectedAccounts } from "@payments/adapters-stripe";
import { OnboardClient } from "@payments/domain";
import { ContainerModule } from "inversify";
import { CONFIG, TOKENS as T } from "./tokens.ts";

/** Onboarding of clients at the processor, on pages of this service. */
export const onboardingModule = new ContainerModule(({ bind }) => {
  bind(OnboardClient).toResolvedValue(
    ({ stripe: { secretKeys, apiBase } }, clients, knex, clock, publicUrl) => {
      const accounts = {
        live: secretKeys.live && new StripeConnectedAccounts("live", { secretKey: secretKeys.live, apiBase }),
        test: secretKeys.test && new StripeConnectedAccounts("test", { secretKey: secretKeys.test, apiBase }),
      };
      return new OnboardClient(clients, accounts, new KnexOnboardingTokens(knex), clock, (page, client, token) =>
        onboardingUrl(publicUrl.value, page, client, token),
      );
    },
    [CONFIG.processors, T.ClientRepository, T.Knex, T.Clock, T.PublicUrl],
  );
});
