import {
  type Client,
  type ClientId,
  type Clock,
  type ConnectedAccountStatus,
  type ConnectedAccounts,
  type Mode,
  type NotAtProcessor,
  type OnboardingLink,
  type ProcessorAccount,
  parseProcessorAccount,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { expectOk } from "../shared/result.ts";

const LINK_LIFETIME_MS = 300_000;

export class InMemoryConnectedAccounts<M extends Mode> implements ConnectedAccounts<M> {
  readonly mode: M;
  /** Change a status to play the processor. */
  readonly statuses = new Map<ProcessorAccount, ConnectedAccountStatus>();
  readonly #accounts = new Map<ClientId, ProcessorAccount>();
  readonly #clock: Clock;
  #links = 0;

  constructor(mode: M, clock: Clock) {
    this.mode = mode;
    this.#clock = clock;
  }

  create({ id }: Pick<Client, "id">): ResultAsync<ProcessorAccount, never> {
    const account = this.#accounts.get(id) ?? expectOk(parseProcessorAccount(`acct_${this.#accounts.size + 1}`));
    if (!this.#accounts.has(id)) this.statuses.set(account, { chargesEnabled: false, detailsSubmitted: false });
    this.#accounts.set(id, account);
    return okAsync(account);
  }

  onboardingLink(account: ProcessorAccount): ResultAsync<OnboardingLink, NotAtProcessor> {
    if (!this.statuses.has(account)) return errAsync({ type: "not-at-processor" });
    this.#links += 1;
    const url = `https://processor.example/onboarding/${account}/${this.#links}`;
    return okAsync({ url, expiresAt: new Date(this.#clock.now().getTime() + LINK_LIFETIME_MS) });
  }

  status(account: ProcessorAccount): ResultAsync<ConnectedAccountStatus, NotAtProcessor> {
    const status = this.statuses.get(account);
    return status === undefined ? errAsync({ type: "not-at-processor" }) : okAsync(status);
  }
}
