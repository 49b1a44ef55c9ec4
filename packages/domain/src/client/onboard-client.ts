import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { type Actor, SERVICE } from "../audit/audit-event.ts";
import type { AccountUnmatched } from "../payment/apply-notification.ts";
import type { ProcessorAccount } from "../payment/facts.ts";
import type { NotAtProcessor, ProcessorError } from "../payment/payment-processor.ts";
import type { NoProcessor } from "../payment/run-operation.ts";
import type { Clock } from "../shared/clock.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { Client, ClientId, ClientNotFound, Mode } from "./client.ts";
import type { ClientAlreadyExists, ClientRepository } from "./client-repository.ts";
import type { ConnectedAccountStatus, ConnectedAccounts, OnboardingLink } from "./connected-accounts.ts";

/**
 * Tokens of the pages to which the processor sends a client back. A processor passes no state through such a page, so
 * the token proves which client it is. Storage holds digests only.
 */
export interface OnboardingTokens {
  /** A new random token of this client. */
  issue(client: ClientId, lifetimeMs: number): ResultAsync<string, StorageUnavailable>;

  /** Whether the token is one of this client and has not expired. It may be used again until then. */
  verify(client: ClientId, token: string): ResultAsync<boolean, StorageUnavailable>;
}

/** Null: no processor has accounts for clients of this mode. */
export interface ConnectedAccountsByMode {
  readonly live: ConnectedAccounts<"live"> | null;
  readonly test: ConnectedAccounts<"test"> | null;
}

/** The token is not one of this client, it has expired, or the client is inactive. */
export interface OnboardingTokenInvalid {
  readonly type: "onboarding-token-invalid";
}

/** `returned`: the client left the form. `refresh`: its link has expired. */
export type OnboardingPage = "returned" | "refresh";

export type OnboardingError =
  | ClientAlreadyExists
  | ClientNotFound
  | NoProcessor
  | NotAtProcessor
  | ProcessorError
  | StorageUnavailable;

/** A client has days to fill in the form. */
const TOKEN_LIFETIME_MS = 7 * 24 * 3_600_000;

/** Leads clients through the processor's form for their connected accounts. */
export class OnboardClient {
  readonly #clients: ClientRepository;
  readonly #accounts: ConnectedAccountsByMode;
  readonly #tokens: OnboardingTokens;
  readonly #clock: Clock;
  readonly #urlOf: (page: OnboardingPage, client: ClientId, token: string) => string;

  /** `urlOf` gives the URL of a page of this service. */
  constructor(
    clients: ClientRepository,
    accounts: ConnectedAccountsByMode,
    tokens: OnboardingTokens,
    clock: Clock,
    urlOf: (page: OnboardingPage, client: ClientId, token: string) => string,
  ) {
    this.#clients = clients;
    this.#accounts = accounts;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#urlOf = urlOf;
  }

  /** Creates the client's account if it has none, and returns a new link to the form. */
  start(id: ClientId, actor: Actor): ResultAsync<OnboardingLink, OnboardingError> {
    return this.#clients
      .find(id)
      .andThen((client) => this.#link(client, actor, () => this.#tokens.issue(id, TOKEN_LIFETIME_MS)));
  }

  /**
   * A new link for an active client whose link has expired. It sends the client back with the same token, so a token
   * opens no form after its lifetime.
   */
  refresh(id: ClientId, token: string): ResultAsync<OnboardingLink, OnboardingError | OnboardingTokenInvalid> {
    return this.#verified(id, token)
      .andThen(() => this.#clients.find(id))
      .andThen((client): ResultAsync<OnboardingLink, OnboardingError | OnboardingTokenInvalid> => {
        if (client.status !== "active") return errAsync({ type: "onboarding-token-invalid" });
        return this.#link(client, SERVICE, () => okAsync(token));
      });
  }

  /** The client left the form. That proves nothing: the processor's status is read and stored. */
  finish(id: ClientId, token: string): ResultAsync<ConnectedAccountStatus, OnboardingError | OnboardingTokenInvalid> {
    return this.#verified(id, token)
      .andThen(() => this.#clients.find(id))
      .andThen((client): ResultAsync<ConnectedAccountStatus, OnboardingError> => {
        const { processorAccount } = client;
        if (processorAccount === null) return errAsync({ type: "not-at-processor" });
        return this.#store(client, processorAccount);
      });
  }

  /** Reads and stores the status of an account that the processor reports as changed. */
  refreshAccount(
    mode: Mode,
    account: ProcessorAccount,
  ): ResultAsync<void, AccountUnmatched | ProcessorError | StorageUnavailable> {
    type RefreshError = AccountUnmatched | ProcessorError | StorageUnavailable;
    return this.#clients
      .findByProcessorAccount(mode, account)
      .andThen((client) => this.#store(client, account))
      .map(() => undefined)
      .mapErr((error): RefreshError => {
        switch (error.type) {
          case "client-already-exists":
          case "client-not-found":
          case "no-processor":
          case "not-at-processor":
            return { type: "account-unmatched" };
          default:
            return error;
        }
      });
  }

  #verified(id: ClientId, token: string): ResultAsync<void, OnboardingTokenInvalid | StorageUnavailable> {
    return this.#tokens
      .verify(id, token)
      .andThen((isValid) => (isValid ? okAsync(undefined) : errAsync({ type: "onboarding-token-invalid" as const })));
  }

  #link(
    client: Client,
    actor: Actor,
    tokenFor: () => ResultAsync<string, StorageUnavailable>,
  ): ResultAsync<OnboardingLink, OnboardingError> {
    const accounts = this.#accounts[client.mode];
    if (accounts === null) return errAsync({ type: "no-processor" });
    return this.#accountOf(client, accounts, actor).andThen((account) =>
      tokenFor().andThen((token) =>
        accounts.onboardingLink(account, {
          returnUrl: this.#urlOf("returned", client.id, token),
          refreshUrl: this.#urlOf("refresh", client.id, token),
        }),
      ),
    );
  }

  /** Two calls at the same time create one account: the client's id is the processor's idempotency key. */
  #accountOf<M extends Mode>(
    client: Client,
    accounts: ConnectedAccounts<M>,
    actor: Actor,
  ): ResultAsync<ProcessorAccount, OnboardingError> {
    if (client.processorAccount !== null) return okAsync(client.processorAccount);
    return accounts.create(client).andThen((account) => {
      const changes = { processorAccount: account, processorChargesEnabled: false };
      return this.#clients.update(client.id, changes, this.#clock.now(), actor).map(() => account);
    });
  }

  /** An account that the processor no longer shows, such as one that revoked the access, takes no charges. */
  #store(client: Client, account: ProcessorAccount): ResultAsync<ConnectedAccountStatus, OnboardingError> {
    const accounts = this.#accounts[client.mode];
    if (accounts === null) return errAsync({ type: "no-processor" });
    const gone: ConnectedAccountStatus = { chargesEnabled: false, detailsSubmitted: false };
    return accounts
      .status(account)
      .orElse((error) => (error.type === "not-at-processor" ? okAsync(gone) : errAsync(error)))
      .andThen((status): ResultAsync<ConnectedAccountStatus, OnboardingError> => {
        if (status.chargesEnabled === client.processorChargesEnabled) return okAsync(status);
        const changes = { processorChargesEnabled: status.chargesEnabled };
        return this.#clients.update(client.id, changes, this.#clock.now(), SERVICE).map(() => status);
      });
  }
}
