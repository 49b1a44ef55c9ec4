import { ok, type Result } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { OverlapSeconds } from "../client/credentials.ts";
import type { Brand } from "../shared/brand.ts";
import { isTypeId, toTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { EncryptedSecret } from "../shared/secret-cipher.ts";
import { parseText } from "../shared/text.ts";
import { EVENT_TYPES, type EventType } from "./event.ts";

/** A TypeID with the prefix `we`. */
export type WebhookEndpointId = Brand<string, "WebhookEndpointId">;
/** A URL that `WebhookSender.parseUrl` accepted. */
export type WebhookUrl = Brand<string, "WebhookUrl">;
export type WebhookDescription = Brand<string, "WebhookDescription">;
/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks defines. */
export type WebhookSecret = Brand<string, "WebhookSecret">;

export const MAXIMUM_WEBHOOK_ENDPOINTS = 16;
export const MAXIMUM_WEBHOOK_URL_LENGTH = 2_048;
export const MAXIMUM_WEBHOOK_DESCRIPTION_LENGTH = 255;

/** The secrets that sign. Both sign until `endsAt`, so that a receiver can change its secret without a gap. */
export interface WebhookSecrets {
  readonly current: EncryptedSecret;
  readonly former: { readonly secret: EncryptedSecret; readonly endsAt: Date } | null;
}

/**
 * - `client`, `operator`: they asked for it.
 * - `gone`: the receiver responded with 410.
 * - `failing`: no attempt succeeded for `DISABLE_AFTER_MS`.
 */
export type DisabledReason = "client" | "operator" | "gone" | "failing";

/** A URL that receives a client's events. */
export interface WebhookEndpoint {
  readonly id: WebhookEndpointId;
  readonly clientId: ClientId;
  readonly url: WebhookUrl;
  /** Null: all types, also those that are added later. */
  readonly eventTypes: readonly EventType[] | null;
  readonly description: WebhookDescription | null;
  /** Null: the endpoint is enabled. */
  readonly disabledReason: DisabledReason | null;
  readonly secrets: WebhookSecrets;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface WebhookEndpointNotFound {
  readonly type: "webhook-endpoint-not-found";
}

/** The client has `MAXIMUM_WEBHOOK_ENDPOINTS` endpoints. */
export interface WebhookEndpointLimitReached {
  readonly type: "webhook-endpoint-limit-reached";
}

export const createWebhookEndpointId = (uuid: string): WebhookEndpointId => toTypeId("we", uuid) as WebhookEndpointId;

export const parseWebhookEndpointId = (raw: string): Result<WebhookEndpointId, InvalidValue> =>
  isTypeId("we", raw) ? ok(raw as WebhookEndpointId) : invalidValue("must be the id of a webhook endpoint");

export const parseWebhookDescription = (raw: string): Result<WebhookDescription, InvalidValue> =>
  parseText(raw, MAXIMUM_WEBHOOK_DESCRIPTION_LENGTH).map((text) => text as WebhookDescription);

export const parseEventType = (raw: string): Result<EventType, InvalidValue> => {
  const type = EVENT_TYPES.find((known) => known === raw);
  return type === undefined ? invalidValue(`must be one of ${EVENT_TYPES.join(", ")}`) : ok(type);
};

/** From storage. */
export const rehydrateWebhookEndpoint = (stored: {
  readonly uuid: string;
  readonly clientId: string;
  readonly url: string;
  readonly eventTypes: readonly string[] | null;
  readonly description: string | null;
  readonly disabledReason: string | null;
  readonly secrets: WebhookSecrets;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}): WebhookEndpoint => {
  const { uuid, ...endpoint } = stored;
  return { id: createWebhookEndpointId(uuid), ...endpoint } as WebhookEndpoint;
};

/** Makes `next` the current secret. The replaced one signs too until the overlap ends; an earlier former one ends. */
export const rotateWebhookSecrets = (
  { current }: WebhookSecrets,
  next: EncryptedSecret,
  overlapSeconds: OverlapSeconds,
  now: Date,
): WebhookSecrets => ({
  current: next,
  former: overlapSeconds === 0 ? null : { secret: current, endsAt: new Date(now.getTime() + overlapSeconds * 1_000) },
});

/** An endpoint as clients receive it. It never contains a secret. */
export const toWebhookEndpointJson = (endpoint: WebhookEndpoint) => ({
  id: endpoint.id,
  url: endpoint.url,
  eventTypes: endpoint.eventTypes,
  description: endpoint.description,
  status: endpoint.disabledReason === null ? ("enabled" as const) : ("disabled" as const),
  disabledReason: endpoint.disabledReason,
  formerSecretEndsAt: endpoint.secrets.former?.endsAt.toISOString() ?? null,
  createdAt: endpoint.createdAt.toISOString(),
  updatedAt: endpoint.updatedAt.toISOString(),
});

export type WebhookEndpointJson = ReturnType<typeof toWebhookEndpointJson>;
