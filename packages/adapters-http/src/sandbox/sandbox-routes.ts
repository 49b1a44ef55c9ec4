import {
  type CheckoutState,
  CompleteCheckout,
  FAILURE_MESSAGES,
  moneyText,
  parsePaymentMethod,
} from "@payments/domain";
import { z } from "zod";
import { component, nullable, object, text } from "../openapi/component.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";
import { parsedBy } from "../routing/validate.ts";

const toCheckoutJson = ({ checkout, charge: { state } }: CheckoutState) => ({
  amount: moneyText(checkout.money),
  status: state.status,
  waitsFor: checkout.waitsFor,
  /** Where the payer authenticates next. */
  authenticationUrl: state.nextAction?.type === "redirect" ? state.nextAction.url : null,
  failure: state.failure && FAILURE_MESSAGES[state.failure],
  returnUrl: checkout.returnUrl,
});

const CheckoutComponent = component(
  "SandboxCheckout",
  object("What the pages of the sandbox show.", {
    amount: text(),
    status: text(),
    waitsFor: nullable(text()),
    authenticationUrl: nullable(text()),
    failure: nullable(text()),
    returnUrl: nullable(text()),
  }),
);

const clientSecret = z.string().regex(/^[\x21-\x7e]{1,255}$/, "must be the client secret of a payment");

const COMMON = { method: "POST", authentication: "none", tag: "Sandbox" } as const;
const response = { status: 200, body: CheckoutComponent } as const;

const findCheckout = defineRoute({
  ...COMMON,
  path: "/sandbox/checkouts/find",
  operationId: "findSandboxCheckout",
  summary: "Read a payment as its payer",
  request: {
    body: {
      name: "FindCheckoutRequest",
      schema: z.strictObject({ clientSecret }),
      required: true,
      example: { clientSecret: "sandbox_…_secret_…" },
    },
  },
  response,
  useCase: CompleteCheckout,
  handler: async ({ body }, { useCase }) => ({
    body: toCheckoutJson(await valueOrProblem(useCase.find(body.clientSecret))),
  }),
});

const confirmCheckout = defineRoute({
  ...COMMON,
  path: "/sandbox/checkouts/confirm",
  operationId: "confirmSandboxCheckout",
  summary: "Pay as the payer",
  request: {
    body: {
      name: "ConfirmCheckoutRequest",
      schema: z.strictObject({ clientSecret, paymentMethod: parsedBy(z.string(), parsePaymentMethod) }),
      required: true,
      example: { clientSecret: "sandbox_…_secret_…", paymentMethod: "pm_card_visa" },
    },
  },
  response,
  useCase: CompleteCheckout,
  handler: async ({ body }, { useCase }) => ({
    body: toCheckoutJson(await valueOrProblem(useCase.confirm(body.clientSecret, body.paymentMethod))),
  }),
});

const authenticateCheckout = defineRoute({
  ...COMMON,
  path: "/sandbox/checkouts/authenticate",
  operationId: "authenticateSandboxCheckout",
  summary: "Approve or decline as the payer",
  request: {
    body: {
      name: "AuthenticateCheckoutRequest",
      schema: z.strictObject({
        clientSecret,
        outcome: z.enum(["approved", "declined"], "must be approved or declined"),
      }),
      required: true,
      example: { clientSecret: "sandbox_…_secret_…", outcome: "approved" },
    },
  },
  response,
  useCase: CompleteCheckout,
  handler: async ({ body }, { useCase }) => ({
    body: toCheckoutJson(await valueOrProblem(useCase.authenticate(body.clientSecret, body.outcome))),
  }),
});

/** For the pages of the sandbox, so the OpenAPI document does not describe them. */
export const sandboxRoutes: readonly Route[] = [findCheckout, confirmCheckout, authenticateCheckout];
