import {
  type Client,
  type ConnectedAccountStatus,
  type ConnectedAccounts,
  type Mode,
  type NotAtProcessor,
  type OnboardingLink,
  type ProcessorAccount,
  type ProcessorError,
  parseProcessorAccount,
} from "@payments/domain";
import { type Result, ResultAsync } from "neverthrow";
import type Stripe from "stripe";
import { toLookupError, toProcessorError } from "./errors.ts";
import { connectToStripe, type StripeAccess, stripeLibrary } from "./stripe-access.ts";

/** Stripe does not tell an account that does not exist from one that revoked the platform's access. */
const toAccountError = (error: unknown): NotAtProcessor | ProcessorError =>
  error instanceof stripeLibrary().errors.StripeError &&
  ["account_invalid", "resource_missing"].includes(error.code ?? "")
    ? { type: "not-at-processor" }
    : toLookupError(error);

const parseAccount = ({ id }: Stripe.Account): Result<ProcessorAccount, ProcessorError> =>
  parseProcessorAccount(id).mapErr(() => ({ type: "outcome-unknown", cause: "Stripe's response is no account" }));

/** Express accounts: Stripe shows the form, and the client sees payouts on a dashboard of Stripe's. */
export class StripeConnectedAccounts<M extends Mode> implements ConnectedAccounts<M> {
  readonly mode: M;
  readonly #stripe: Stripe;

  constructor(mode: M, access: StripeAccess<M>) {
    this.mode = mode;
    this.#stripe = connectToStripe(access);
  }

  /** The name and the email may change between attempts, so they are no parameters: the client enters them. */
  create({ id }: Pick<Client, "id">): ResultAsync<ProcessorAccount, ProcessorError> {
    const request = this.#stripe.accounts.create(
      {
        type: "express",
        capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
        metadata: { client_id: id },
      },
      { idempotencyKey: `account-${id}` },
    );
    return ResultAsync.fromPromise(request, toProcessorError).andThen(parseAccount);
  }

  onboardingLink(
    account: ProcessorAccount,
    { returnUrl, refreshUrl }: { readonly returnUrl: string; readonly refreshUrl: string },
  ): ResultAsync<OnboardingLink, NotAtProcessor | ProcessorError> {
    const request = this.#stripe.accountLinks.create({
      account,
      type: "account_onboarding",
      return_url: returnUrl,
      refresh_url: refreshUrl,
    });
    return ResultAsync.fromPromise(request, toAccountError).map(({ url, expires_at }) => ({
      url,
      expiresAt: new Date(expires_at * 1_000),
    }));
  }

  status(account: ProcessorAccount): ResultAsync<ConnectedAccountStatus, NotAtProcessor | ProcessorError> {
    return ResultAsync.fromPromise(this.#stripe.accounts.retrieve(account), toAccountError).map(
      ({ charges_enabled: chargesEnabled, details_submitted: detailsSubmitted }) => ({
        chargesEnabled,
        detailsSubmitted,
      }),
    );
  }
}
