import type { Result, ResultAsync } from "neverthrow";
import type { InvalidValue } from "../shared/invalid-value.ts";
import type { AttemptOutcome } from "./webhook-delivery.ts";
import type { WebhookSecret, WebhookUrl } from "./webhook-endpoint.ts";

/** An attempt ends after this time, also if the receiver sends without end. */
export const ATTEMPT_TIMEOUT_MS = 15_000;

export interface WebhookRequest {
  readonly url: WebhookUrl;
  /** The `webhook-id`. */
  readonly id: string;
  readonly sentAt: Date;
  readonly body: string;
  /** Each secret makes one signature. */
  readonly secrets: readonly WebhookSecret[];
}

export interface WebhookSender {
  /** Accepts an https URL without credentials whose host is not an address that webhooks must not reach. */
  parseUrl(raw: string): Result<WebhookUrl, InvalidValue>;

  /**
   * Sends one signed request (Standard Webhooks), follows no redirect and never takes longer than `ATTEMPT_TIMEOUT_MS`.
   * It MUST NOT contact a refused address, whatever the host resolves to at that time.
   */
  send(request: WebhookRequest): ResultAsync<AttemptOutcome, never>;
}

export interface WebhookSecretGenerator {
  /** Returns a secret of 256 unpredictable bits. */
  generate(): WebhookSecret;
}
