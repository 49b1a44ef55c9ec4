import type { ClientId, Clock, OnboardingTokens } from "@payments/domain";
import { okAsync, type ResultAsync } from "neverthrow";

export class InMemoryOnboardingTokens implements OnboardingTokens {
  readonly #issued = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(client: ClientId, lifetimeMs: number): ResultAsync<string, never> {
    const token = `token-${this.#issued.size + 1}`;
    this.#issued.set(`${client} ${token}`, this.#clock.now().getTime() + lifetimeMs);
    return okAsync(token);
  }

  verify(client: ClientId, token: string): ResultAsync<boolean, never> {
    return okAsync((this.#issued.get(`${client} ${token}`) ?? 0) > this.#clock.now().getTime());
  }
}
