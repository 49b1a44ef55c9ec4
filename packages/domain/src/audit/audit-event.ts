import { ok, type Result } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { Brand } from "../shared/brand.ts";
import { isTypeId, toTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";

export type AuditEventId = Brand<string, "AuditEventId">;

/** Who makes a change. Storage records it with the change. */
export type Actor =
  /** An admin over HTTP. `subject` is the token's; null if it has none. */
  | { readonly type: "admin"; readonly subject: string | null; readonly requestId: string; readonly address: string }
  /** A client over HTTP. */
  | { readonly type: "client"; readonly keyHint: string; readonly requestId: string; readonly address: string }
  /** A command. `user` is the operating system's; null if it has no name. */
  | { readonly type: "operator"; readonly user: string | null; readonly host: string }
  /** The service itself. */
  | { readonly type: "service" };

export const SERVICE: Actor = { type: "service" };

export const AUDIT_EVENT_TYPES = [
  "client-created",
  "client-updated",
  "client-erased",
  "api-key-rotated",
  "api-key-revoked",
  "former-api-key-ended",
  "api-key-issued",
  "api-key-digested",
  "operation-planned",
  "operation-reviewed",
  "webhook-endpoint-created",
  "webhook-endpoint-updated",
  "webhook-endpoint-deleted",
  "webhook-secret-rotated",
] as const;

export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/** JSON without secrets and without names, email addresses or descriptions: audit events are never erased. */
export type AuditDetails = Readonly<Record<string, unknown>>;

/** A change to a client or to something that belongs to it. */
export interface AuditEvent {
  readonly id: AuditEventId;
  readonly clientId: ClientId;
  /** Counts the client's audit events from 1 without gaps. */
  readonly sequence: number;
  readonly type: AuditEventType;
  readonly actor: Actor;
  readonly details: AuditDetails;
  readonly createdAt: Date;
  /** In hexadecimal. It covers this event and the hash of the client's previous one. */
  readonly hash: string;
}

export const parseAuditEventId = (raw: string): Result<AuditEventId, InvalidValue> =>
  isTypeId("aud", raw) ? ok(raw as AuditEventId) : invalidValue("must be the id of an audit event, such as aud_…");

/** From storage. */
export const rehydrateAuditEvent = (stored: {
  readonly uuid: string;
  readonly clientId: string;
  readonly sequence: number;
  readonly type: string;
  readonly actor: unknown;
  readonly details: unknown;
  readonly createdAt: Date;
  readonly hash: string;
}): AuditEvent => {
  const { uuid, ...event } = stored;
  return { id: toTypeId("aud", uuid) as AuditEventId, ...event } as AuditEvent;
};

/** An audit event as admins see it. */
export const toAuditEventJson = ({ createdAt, hash, ...event }: AuditEvent) => ({
  ...event,
  createdAt: createdAt.toISOString(),
  hash,
});
