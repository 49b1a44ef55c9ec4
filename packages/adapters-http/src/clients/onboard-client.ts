import { type ClientId, OnboardClient, type OnboardingPage, parseClientId } from "@payments/domain";
import { Problem } from "../problem/problem.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID, OnboardingLinkComponent } from "./client-schemas.ts";

const NO_PROCESSOR =
  "No processor has accounts for clients of this mode. Set PAYMENT_PROCESSOR for live clients, or STRIPE_TEST_SECRET_KEY for test clients.";

export const onboardClient = defineRoute({
  method: "POST",
  path: "/accounts/{id}/onboarding",
  authentication: "admin",
  operationId: "onboardClient",
  sdkMethod: "clients.onboard",
  tag: "Clients",
  summary: "Connect a client to the processor",
  description:
    "Creates the client's connected account if it has none, and returns a link to the processor's form. Send the client there: the link works for a few minutes. From then on the client's payments are charged on that account, in all processes within ten minutes. The processor accepts them once `processorChargesEnabled` is true.",
  request: { id: CLIENT_ID },
  response: { status: 201, body: OnboardingLinkComponent },
  problems: [
    "client-not-found",
    "processor-not-configured",
    "processor-account-unavailable",
    "processor-refused",
    "processor-unavailable",
  ],
  useCase: OnboardClient,
  handler: async ({ actor, id }, { useCase, cachedApiKeys }) => {
    const { url, expiresAt } = await valueOrProblem(
      useCase.start(id, actor).mapErr((error) => {
        if (error.type === "no-processor") throw new Problem("processor-not-configured", { detail: NO_PROCESSOR });
        return error;
      }),
    );
    cachedApiKeys.forget(id);
    return { body: { url, expiresAt: expiresAt.toISOString() } };
  },
});

const PATHS: Readonly<Record<OnboardingPage, string>> = {
  returned: "/onboarding/returned",
  refresh: "/onboarding/refresh",
};

/** The URL of a page, to which the processor sends the client. `publicUrl` includes the base path. */
export const onboardingUrl = (publicUrl: string, page: OnboardingPage, client: ClientId, token: string): string =>
  `${publicUrl}${PATHS[page]}?${new URLSearchParams({ client, token })}`;

const text = (ctx: Context, name: string): string => {
  const value = ctx.query[name];
  return typeof value === "string" ? value : "";
};

const clientOf = (ctx: Context): ClientId => {
  const parsed = parseClientId(text(ctx, "client"));
  if (parsed.isErr()) throw new Problem("onboarding-token-invalid");
  return parsed.value;
};

/** Browsers open these pages, and the token in the query proves the client. The log holds no query. */
export const onboardingPages = (
  onboard: OnboardClient,
): readonly (readonly [string, (ctx: Context) => Promise<void>])[] => [
  [
    PATHS.returned,
    async (ctx) => {
      const status = await valueOrProblem(onboard.finish(clientOf(ctx), text(ctx, "token")));
      ctx.type = "text/plain; charset=utf-8";
      ctx.body = status.chargesEnabled
        ? "Your account is connected. You can close this page.\n"
        : "Thank you. The payment processor still checks your details or needs more of them. You can close this page.\n";
    },
  ],
  [
    PATHS.refresh,
    async (ctx) => {
      const { url } = await valueOrProblem(onboard.refresh(clientOf(ctx), text(ctx, "token")));
      ctx.redirect(url);
      ctx.status = 303;
    },
  ],
];
