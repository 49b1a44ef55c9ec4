import { err, errAsync, ok, type Result, type ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { ClientId, Mode } from "../client/client.ts";
import type { OverlapSeconds } from "../client/credentials.ts";
import type { Clock } from "../shared/clock.ts";
import type { IdGenerator } from "../shared/ids.ts";
import type { InvalidValue } from "../shared/invalid-value.ts";
import type { EncryptedSecret, SecretCipher } from "../shared/secret-cipher.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { createEventId, type EventType } from "./event.ts";
import type { WebhookDeliveries } from "./webhook-deliveries.ts";
import type { WebhookDelivery } from "./webhook-delivery.ts";
import {
  createWebhookEndpointId,
  toWebhookEndpointJson,
  type WebhookDescription,
  type WebhookEndpoint,
  type WebhookEndpointId,
  type WebhookEndpointLimitReached,
  type WebhookEndpointNotFound,
  type WebhookSecret,
} from "./webhook-endpoint.ts";
import type { WebhookEndpointChanges, WebhookEndpointRepository } from "./webhook-endpoint-repository.ts";
import type { WebhookSecretGenerator, WebhookSender } from "./webhook-sender.ts";

/** No key is configured that encrypts the endpoint's secret. */
export interface EncryptionNotConfigured {
  readonly type: "encryption-not-configured";
}

export interface WebhookUrlRefused {
  readonly type: "webhook-url-refused";
  readonly detail: string;
}

/** The time is in the future. */
export interface ReplayTimeRefused {
  readonly type: "replay-time-refused";
  readonly detail: string;
}

/** Only the result holds the secret. */
export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: WebhookSecret;
}

const encryptionNotConfigured: EncryptionNotConfigured = { type: "encryption-not-configured" };

const refusedUrl = ({ detail }: InvalidValue): WebhookUrlRefused => ({ type: "webhook-url-refused", detail });

/** A caller's clock may be ahead of the service's by this much. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Creates, changes and tests a client's webhook endpoints. */
export class ManageWebhookEndpoints {
  readonly #endpoints: WebhookEndpointRepository;
  readonly #deliveries: WebhookDeliveries;
  readonly #sender: WebhookSender;
  readonly #secrets: WebhookSecretGenerator;
  readonly #cipher: SecretCipher | null;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;

  constructor(
    endpoints: WebhookEndpointRepository,
    deliveries: WebhookDeliveries,
    sender: WebhookSender,
    secrets: WebhookSecretGenerator,
    cipher: SecretCipher | null,
    ids: IdGenerator,
    clock: Clock,
  ) {
    this.#endpoints = endpoints;
    this.#deliveries = deliveries;
    this.#sender = sender;
    this.#secrets = secrets;
    this.#cipher = cipher;
    this.#ids = ids;
    this.#clock = clock;
  }

  create(
    clientId: ClientId,
    fields: {
      readonly url: string;
      readonly eventTypes: readonly EventType[] | null;
      readonly description: WebhookDescription | null;
    },
    actor: Actor,
  ): ResultAsync<
    EndpointWithSecret,
    EncryptionNotConfigured | WebhookUrlRefused | WebhookEndpointLimitReached | StorageUnavailable
  > {
    const id = createWebhookEndpointId(this.#ids.next());
    const url = this.#sender.parseUrl(fields.url).mapErr(refusedUrl);
    if (url.isErr()) return errAsync(url.error);
    return this.#newSecret(id).asyncAndThen(({ secret, encrypted }) => {
      const now = this.#clock.now();
      const endpoint: WebhookEndpoint = {
        ...fields,
        id,
        clientId,
        url: url.value,
        disabledReason: null,
        secrets: { current: encrypted, former: null },
        createdAt: now,
        updatedAt: now,
      };
      return this.#endpoints.create(endpoint, actor).map(() => ({ endpoint, secret }));
    });
  }

  update(
    clientId: ClientId,
    id: WebhookEndpointId,
    { url, ...changes }: Omit<WebhookEndpointChanges, "url"> & { readonly url?: string | undefined },
    actor: Actor,
  ): ResultAsync<WebhookEndpoint, WebhookUrlRefused | WebhookEndpointNotFound | StorageUnavailable> {
    const now = this.#clock.now();
    if (url === undefined) return this.#endpoints.update(clientId, id, changes, now, actor);
    return this.#sender
      .parseUrl(url)
      .mapErr(refusedUrl)
      .asyncAndThen((parsed) => this.#endpoints.update(clientId, id, { ...changes, url: parsed }, now, actor));
  }

  rotateSecret(
    clientId: ClientId,
    id: WebhookEndpointId,
    overlapSeconds: OverlapSeconds,
    actor: Actor,
  ): ResultAsync<EndpointWithSecret, EncryptionNotConfigured | WebhookEndpointNotFound | StorageUnavailable> {
    return this.#newSecret(id).asyncAndThen(({ secret, encrypted }) =>
      this.#endpoints
        .rotateSecret(clientId, id, encrypted, overlapSeconds, actor)
        .map((endpoint) => ({ endpoint, secret })),
    );
  }

  /** Sends an event of type `webhook_endpoint.test`, with the endpoint as its object. */
  test(
    clientId: ClientId,
    id: WebhookEndpointId,
    mode: Mode,
  ): ResultAsync<WebhookDelivery, WebhookEndpointNotFound | StorageUnavailable> {
    return this.#endpoints.find(clientId, id).andThen((endpoint) =>
      this.#deliveries.add(clientId, id, {
        id: createEventId(this.#ids.next()),
        clientId,
        type: "webhook_endpoint.test",
        mode,
        createdAt: this.#clock.now(),
        paymentId: null,
        sequence: null,
        object: toWebhookEndpointJson(endpoint),
      }),
    );
  }

  /** Sends the kept events from `since` on again. */
  replay(
    clientId: ClientId,
    id: WebhookEndpointId,
    since: Date,
  ): ResultAsync<void, ReplayTimeRefused | WebhookEndpointNotFound | StorageUnavailable> {
    return this.#checkReplayTime(since).asyncAndThen(() => this.#deliveries.replay(clientId, id, since));
  }

  #checkReplayTime(since: Date): Result<void, ReplayTimeRefused> {
    const aheadMs = since.getTime() - this.#clock.now().getTime();
    return aheadMs > CLOCK_TOLERANCE_MS
      ? err({ type: "replay-time-refused", detail: "must not be in the future" })
      : ok();
  }

  #newSecret(
    id: WebhookEndpointId,
  ): Result<{ readonly secret: WebhookSecret; readonly encrypted: EncryptedSecret }, EncryptionNotConfigured> {
    if (this.#cipher === null) return err(encryptionNotConfigured);
    const secret = this.#secrets.generate();
    return ok({ secret, encrypted: this.#cipher.encrypt(secret, id) });
  }
}
