import { isStripeApiBase, parseStripeSecretKey } from "@payments/adapters-stripe";
import type { Mode } from "@payments/domain";
import { z } from "zod";
import { isHttpUrl, isSafeTransport } from "./values.ts";

/** Two for each mode, since each mode has an endpoint of its own and each secret may be in rotation. */
const MAXIMUM_SECRETS = 4;

const separate = (secrets: string | undefined): string[] => (secrets === undefined ? [] : secrets.split(","));

const areWebhookSecrets = (secrets: string): boolean =>
  separate(secrets).length <= MAXIMUM_SECRETS && separate(secrets).every((secret) => /^whsec_\S+$/.test(secret));

const WEBHOOK_SECRETS = `must be signing secrets of Stripe, which start with whsec_, separated by commas; at most ${MAXIMUM_SECRETS}`;

/** A public URL without what would make a path appended to it ambiguous. */
const isPublicUrl = (text: string): boolean =>
  isHttpUrl(text) && isSafeTransport(text) && !/[?#\s]/.test(text) && new URL(text).username === "";

export const processors = z
  .object({
    PAYMENT_PROCESSOR: z
      .string()
      .meta({ accepts: "none, stripe" })
      .default("none")
      .describe(
        "What charges the payments of live clients. `none`: they are only recorded. Test clients are charged in the sandbox, or in Stripe's test mode if `STRIPE_TEST_SECRET_KEY` is set.",
      ),
    STRIPE_SECRET_KEY: z
      .string()
      .optional()
      .describe(
        "The secret key of Stripe's live mode, which starts with `sk_live_` or `rk_live_`. `PAYMENT_PROCESSOR=stripe` needs it.",
      ),
    STRIPE_TEST_SECRET_KEY: z
      .string()
      .optional()
      .describe(
        "The secret key of Stripe's test mode, which starts with `sk_test_` or `rk_test_`. If set, Stripe's test mode charges test clients instead of the sandbox.",
      ),
    STRIPE_WEBHOOK_SECRET: z
      .string()
      .optional()
      .describe(
        "The signing secrets of Stripe's webhook endpoints for the platform's own account, separated by commas: one for each mode in use, and the former one during a rotation. Required with a key of Stripe.",
      ),
    STRIPE_CONNECT_WEBHOOK_SECRET: z
      .string()
      .optional()
      .describe(
        "The signing secrets of Stripe's webhook endpoints for connected accounts, separated by commas. Needed for clients with a connected account.",
      ),
    STRIPE_API_BASE: z
      .string()
      .optional()
      .describe(
        "Replaces `https://api.stripe.com`, such as `http://127.0.0.1:12111` of `npm run fake-stripe`. Plain http is allowed on the same machine only.",
      ),
    PUBLIC_URL: z
      .string()
      .optional()
      .describe(
        "The URL at which clients reach this service, such as `https://pay.example`, without `API_BASE_PATH`. Stripe sends clients back to it after their onboarding, and payers reach the pages of the sandbox there. Not set: the address that the service listens on, for the sandbox only.",
      ),
  })
  .transform((set, context) => {
    const { PAYMENT_PROCESSOR: live, STRIPE_SECRET_KEY: liveKey, STRIPE_TEST_SECRET_KEY: testKey } = set;
    const { STRIPE_WEBHOOK_SECRET: platform, STRIPE_CONNECT_WEBHOOK_SECRET: connect } = set;
    const { STRIPE_API_BASE: apiBase, PUBLIC_URL: publicUrl } = set;
    let isValid = true;
    const check = (name: keyof typeof set, isFine: boolean, message: string): void => {
      if (isFine) return;
      isValid = false;
      context.addIssue({ code: "custom", path: [name], message });
    };
    const keyOf = <M extends Mode>(mode: M, name: "STRIPE_SECRET_KEY" | "STRIPE_TEST_SECRET_KEY") => {
      const raw = set[name];
      if (raw === undefined) return null;
      return parseStripeSecretKey(mode, raw).match(
        (key) => key,
        ({ detail }) => {
          check(name, false, detail);
          return null;
        },
      );
    };
    const keys = { live: keyOf("live", "STRIPE_SECRET_KEY"), test: keyOf("test", "STRIPE_TEST_SECRET_KEY") };
    check("PAYMENT_PROCESSOR", live === "none" || live === "stripe", "must be none or stripe");
    check(
      "STRIPE_SECRET_KEY",
      live !== "stripe" || liveKey !== undefined,
      "is missing: set the secret key of Stripe's live mode, or set PAYMENT_PROCESSOR to none",
    );
    check(
      "STRIPE_WEBHOOK_SECRET",
      platform !== undefined || (live !== "stripe" && testKey === undefined),
      "is missing: set the signing secret of Stripe's webhook endpoint",
    );
    check("STRIPE_WEBHOOK_SECRET", platform === undefined || areWebhookSecrets(platform), WEBHOOK_SECRETS);
    check("STRIPE_CONNECT_WEBHOOK_SECRET", connect === undefined || areWebhookSecrets(connect), WEBHOOK_SECRETS);
    check(
      "STRIPE_API_BASE",
      apiBase === undefined || (isStripeApiBase(apiBase) && isSafeTransport(apiBase)),
      "must be an https URL without a path, or http on this machine, such as http://127.0.0.1:12111",
    );
    check(
      "PUBLIC_URL",
      publicUrl === undefined || isPublicUrl(publicUrl),
      "must be an https URL, or http on this machine, without a query, such as https://pay.example",
    );
    if (!isValid) return z.NEVER;
    return {
      /** What charges live clients. */
      live: live === "stripe" ? ("stripe" as const) : ("none" as const),
      stripe: {
        secretKeys: { live: live === "stripe" ? keys.live : null, test: keys.test },
        webhookSecrets: { platform: separate(platform), connect: separate(connect) },
        apiBase: apiBase ?? null,
      },
      /** Without a slash at its end. */
      publicUrl: publicUrl?.replace(/\/+$/, "") ?? null,
    };
  });
