import type { ResultAsync } from "neverthrow";
import type { ProcessorAccount } from "../payment/facts.ts";
import type { NotAtProcessor, ProcessorError } from "../payment/payment-processor.ts";
import type { Client, Mode } from "./client.ts";

/** `chargesEnabled` is the processor's word. Nothing else allows charges on the account. */
export interface ConnectedAccountStatus {
  readonly chargesEnabled: boolean;
  /** Whether the client completed the processor's form. The processor may still check the details. */
  readonly detailsSubmitted: boolean;
}

/** A page of the processor where the client enters its details. It is a secret: never log it. */
export interface OnboardingLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/**
 * The clients' accounts at the processor. Adyen: an account holder with a hosted onboarding link. Mollie: a client link,
 * whose account is known only after the client consented; its adapter creates the organization with `create` and reports
 * `detailsSubmitted: false` until then.
 */
export interface ConnectedAccounts<M extends Mode> {
  readonly mode: M;

  /**
   * Creates an account for the client. A repeated call, or one at the same time, returns the same account: the client's
   * id is the idempotency key.
   */
  create(client: Pick<Client, "id" | "name" | "email">): ResultAsync<ProcessorAccount, ProcessorError>;

  /**
   * A new link for the client. The processor sends the client to `returnUrl` when the form is done or left, and to
   * `refreshUrl` when the link has expired. The return proves nothing: read the status.
   */
  onboardingLink(
    account: ProcessorAccount,
    urls: { readonly returnUrl: string; readonly refreshUrl: string },
  ): ResultAsync<OnboardingLink, NotAtProcessor | ProcessorError>;

  status(account: ProcessorAccount): ResultAsync<ConnectedAccountStatus, NotAtProcessor | ProcessorError>;
}
