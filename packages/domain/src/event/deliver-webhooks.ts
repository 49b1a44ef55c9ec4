import { err, errAsync, ok, okAsync, type Result, ResultAsync } from "neverthrow";
import type { Clock } from "../shared/clock.ts";
import type { IdGenerator } from "../shared/ids.ts";
import type { SecretCipher, SecretUnreadable } from "../shared/secret-cipher.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { disabledBy, isSuccess, nextAfter } from "./delivery-schedule.ts";
import { createEventId } from "./event.ts";
import type {
  AttemptedDelivery,
  DueDelivery,
  EndpointCondition,
  TurnResult,
  WebhookDeliveries,
  WebhookTurn,
} from "./webhook-deliveries.ts";
import type { AttemptOutcome } from "./webhook-delivery.ts";
import { toWebhookEndpointJson, type WebhookSecret } from "./webhook-endpoint.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/** The most connections to one endpoint at a time, over all processes: a turn is leased to one of them. */
export const CONNECTIONS_PER_ENDPOINT = 16;
const DELIVERIES_PER_TURN: Readonly<Record<EndpointCondition, number>> = { healthy: 128, failing: 1 };
/** No attempt of a turn starts later. */
const TURN_MS = 10_000;
/** Above `TURN_MS`, so no attempt starts after the lease, even if it is never renewed. */
const LEASE_MS = 20_000;
/** Above `TURN_MS`, the timeout of the last attempt, and the time to store the result. Later, a turn counts as lost. */
const LONGEST_TURN_MS = 60_000;

/** A process that is killed leaves its endpoints to others after at most `LEASE_MS`. */
export const RENEW_LEASES_MS = 5_000;

/** What a turn reports, for metrics and logs. */
export interface TurnReport {
  readonly turn: WebhookTurn;
  readonly result: TurnResult;
  /** More deliveries may be due at this endpoint. */
  readonly hasMore: boolean;
}

/** Sends the due events of endpoints, one turn of one endpoint at a time. */
export class DeliverWebhooks {
  readonly #deliveries: WebhookDeliveries;
  readonly #sender: WebhookSender;
  readonly #cipher: SecretCipher | null;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #stopwatchMs: () => number;
  readonly #pace: () => Promise<void>;
  /** The turns in progress, with the time of their start. */
  readonly #running = new Map<WebhookTurn, number>();

  constructor(
    deliveries: WebhookDeliveries,
    sender: WebhookSender,
    cipher: SecretCipher | null,
    ids: IdGenerator,
    clock: Clock,
    /** From 0 to 1, exclusive. */
    random: () => number,
    /** Milliseconds that never jump, unlike the clock: a turn must end before its lease. */
    stopwatchMs: () => number,
    /** Resolves when the next attempt may start. */
    pace: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#deliveries = deliveries;
    this.#sender = sender;
    this.#cipher = cipher;
    this.#ids = ids;
    this.#clock = clock;
    this.#random = random;
    this.#stopwatchMs = stopwatchMs;
    this.#pace = pace;
  }

  /** Leases endpoints that have due events. A failing endpoint gets one attempt a turn. */
  claim(condition: EndpointCondition, limit: number): ResultAsync<readonly WebhookTurn[], StorageUnavailable> {
    return this.#deliveries.claim(condition, limit, DELIVERIES_PER_TURN[condition], LEASE_MS);
  }

  /** Sends the turn's events and stores the attempts. After a failure, the rest of the turn waits for the next one. */
  run(turn: WebhookTurn): ResultAsync<TurnReport, SecretUnreadable | StorageUnavailable> {
    const secrets = this.#secretsOf(turn);
    if (secrets.isErr()) return errAsync(secrets.error);
    return new ResultAsync(this.#sendAndStore(turn, secrets.value));
  }

  /** Renews the leases of the turns in progress. MUST be called at least every `RENEW_LEASES_MS`. */
  renew(): ResultAsync<void, StorageUnavailable> {
    const startedAfterMs = this.#stopwatchMs() - LONGEST_TURN_MS;
    const turns = [...this.#running].filter(([, startedMs]) => startedMs > startedAfterMs).map(([turn]) => turn);
    return turns.length === 0 ? okAsync() : this.#deliveries.renew(turns, LEASE_MS);
  }

  #secretsOf({ endpoint }: WebhookTurn): Result<readonly WebhookSecret[], SecretUnreadable> {
    const secrets: WebhookSecret[] = [];
    const { current, former } = endpoint.secrets;
    for (const encrypted of former === null ? [current] : [current, former.secret]) {
      const secret: Result<string, SecretUnreadable> =
        this.#cipher?.decrypt(encrypted, endpoint.id) ?? err({ type: "secret-unreadable", missingKeyId: null });
      if (secret.isErr()) return err(secret.error);
      secrets.push(secret.value as WebhookSecret);
    }
    return ok(secrets);
  }

  async #sendAndStore(
    turn: WebhookTurn,
    secrets: readonly WebhookSecret[],
  ): Promise<Result<TurnReport, StorageUnavailable>> {
    this.#running.set(turn, this.#stopwatchMs());
    try {
      const attempted = await this.#send(turn, secrets);
      const result = this.#resultOf(turn, attempted);
      const hasMore = result.disable === null && (turn.hasMore || attempted.length < turn.deliveries.length);
      return await this.#deliveries.settle(turn, result).map(() => ({ turn, result, hasMore }));
    } finally {
      this.#running.delete(turn);
    }
  }

  async #send(turn: WebhookTurn, secrets: readonly WebhookSecret[]): Promise<readonly AttemptedDelivery[]> {
    const endsAtMs = this.#stopwatchMs() + TURN_MS;
    const attempted: AttemptedDelivery[] = [];
    const waiting = turn.deliveries.values();
    let hasFailed = false;
    const sendOn = async (): Promise<void> => {
      for (const delivery of waiting) {
        await this.#pace();
        if (hasFailed || this.#stopwatchMs() >= endsAtMs) return;
        const done = await this.#attempt(turn, delivery, secrets);
        attempted.push(done);
        if (!isSuccess(done.attempt.outcome)) hasFailed = true;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS_PER_ENDPOINT }, sendOn));
    return attempted;
  }

  async #attempt(
    { endpoint }: WebhookTurn,
    { id, body, attempts }: DueDelivery,
    secrets: readonly WebhookSecret[],
  ): Promise<AttemptedDelivery> {
    const startedAt = this.#clock.now();
    const startedMs = this.#stopwatchMs();
    const sent = await this.#sender.send({ url: endpoint.url, id, sentAt: startedAt, body, secrets });
    const outcome: AttemptOutcome = sent.unwrapOr({ type: "failed", reason: "request-failed" });
    const durationMs = Math.round(this.#stopwatchMs() - startedMs);
    return {
      id,
      attempt: { startedAt, durationMs, outcome },
      next: nextAfter(outcome, attempts + 1, this.#random()),
    };
  }

  #resultOf({ endpoint, failingForMs, mode }: WebhookTurn, attempted: readonly AttemptedDelivery[]): TurnResult {
    const now = this.#clock.now();
    const outcomes = attempted.map(({ attempt }) => attempt.outcome);
    const conditionOfAny = outcomes.some(isSuccess) ? "healthy" : "failing";
    const condition = outcomes.length === 0 ? null : conditionOfAny;
    const reason = disabledBy(outcomes, failingForMs);
    if (reason === null) return { attempted, condition, disable: null };
    const disabled = { ...endpoint, disabledReason: reason, updatedAt: now };
    const event = {
      id: createEventId(this.#ids.next()),
      clientId: endpoint.clientId,
      type: "webhook_endpoint.disabled",
      mode,
      createdAt: now,
      paymentId: null,
      sequence: null,
      object: toWebhookEndpointJson(disabled),
    } as const;
    return { attempted, condition, disable: { reason, event } };
  }
}
