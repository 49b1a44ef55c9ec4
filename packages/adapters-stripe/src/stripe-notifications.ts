import {
  type Fact,
  type Mode,
  type Notification,
  type NotificationMalformed,
  type NotificationNotAuthentic,
  type ProcessorAccount,
  type ProcessorNotifications,
  parseClientId,
  parsePaymentId,
  rehydrateProcessorReference,
} from "@payments/domain";
import { err, ok, type Result } from "neverthrow";
import type Stripe from "stripe";
import { factOfRefund, factsOfDispute, factsOfIntent, idOf } from "./facts.ts";
import { parseStripeAccount, stripeLibrary } from "./stripe-access.ts";

/** Stripe signs with one secret for each endpoint. Two are valid while one of them is replaced. */
export interface StripeWebhookSecrets {
  /** Of the endpoint for events on the platform's own account. */
  readonly platform: readonly string[];
  /** Of the endpoint for events on connected accounts. */
  readonly connect: readonly string[];
}

const TOLERANCE_SECONDS = 300;

type Malformed = NotificationMalformed;
type NotAuthentic = NotificationNotAuthentic;

const notAuthentic = (reason: NotAuthentic["reason"]): NotAuthentic => ({ type: "notification-not-authentic", reason });
const MALFORMED: Malformed = { type: "notification-malformed" };

/** The body may still be malformed. */
const isSignedWith = (body: Buffer, header: string, secret: string): boolean => {
  try {
    // The tolerance 0 skips the check of the time, which needs the caller's clock in both directions.
    stripeLibrary().webhooks.constructEvent(body, header, secret, 0);
    return true;
  } catch (error) {
    return !(error instanceof stripeLibrary().errors.StripeSignatureVerificationError);
  }
};

/** The signature covers one timestamp only, so with a second one an old signature could look new. */
const isTimely = (header: string, now: Date): boolean => {
  const [timestamp = "", ...others] = header.split(",").filter((item) => item.startsWith("t="));
  if (others.length > 0 || !/^t=\d{1,12}$/.test(timestamp)) return false;
  return Math.abs(Math.floor(now.getTime() / 1_000) - Number(timestamp.slice(2))) <= TOLERANCE_SECONDS;
};

interface EventOrigin {
  readonly id: string;
  readonly mode: Mode;
  readonly account: ProcessorAccount | null;
}

const about = (
  { id }: EventOrigin,
  payment: string | null,
  metadata: Stripe.Metadata | null,
  facts: readonly Fact[],
): readonly Notification[] => {
  if (payment === null || facts.length === 0) return [];
  const paymentId = parsePaymentId(metadata?.["payment_id"] ?? "").unwrapOr(null);
  const clientId = parseClientId(metadata?.["client_id"] ?? "").unwrapOr(null);
  const owner = paymentId && clientId && { paymentId, clientId };
  return [{ type: "facts", id, payment: rehydrateProcessorReference(payment), owner, facts }];
};

const says = (event: Stripe.Event, origin: EventOrigin): readonly Notification[] => {
  const { account, id, mode } = origin;
  switch (event.type) {
    case "payment_intent.amount_capturable_updated":
    case "payment_intent.canceled":
    case "payment_intent.payment_failed":
    case "payment_intent.processing":
    case "payment_intent.requires_action":
    case "payment_intent.succeeded": {
      const intent = event.data.object;
      return about(origin, intent.id, intent.metadata, factsOfIntent(intent, account, event.created));
    }
    case "refund.created":
    case "refund.failed":
    case "refund.updated": {
      const refund = event.data.object;
      const facts = [factOfRefund(refund, { mode, account })];
      return about(origin, idOf(refund.payment_intent), refund.metadata, facts);
    }
    case "charge.dispute.closed":
    case "charge.dispute.created":
    case "charge.dispute.funds_reinstated":
    case "charge.dispute.funds_withdrawn":
    case "charge.dispute.updated": {
      const dispute = event.data.object;
      return about(origin, idOf(dispute.payment_intent), null, factsOfDispute(dispute, account, event.created));
    }
    case "account.updated":
    case "account.application.deauthorized":
      return account === null ? [] : [{ type: "account-changed", id, mode, account }];
    default:
      return [];
  }
};

const isEvent = (event: Partial<Stripe.Event> | null): event is Stripe.Event =>
  event !== null &&
  event.object === "event" &&
  /^[\x21-\x7e]{1,255}$/.test(String(event.id)) &&
  typeof event.livemode === "boolean" &&
  typeof event.data?.object === "object" &&
  event.data.object !== null &&
  (event.account === undefined || parseStripeAccount(event.account) !== null);

const parseEvent = (rawBody: Uint8Array): Stripe.Event | null => {
  try {
    const event = JSON.parse(new TextDecoder("utf8", { fatal: true }).decode(rawBody));
    return isEvent(event) ? event : null;
  } catch {
    return null;
  }
};

/** Reads Stripe's events. Each carries the object after the change, so most need no second request. */
export class StripeNotifications implements ProcessorNotifications {
  readonly #secrets: readonly string[];

  constructor({ platform, connect }: StripeWebhookSecrets) {
    this.#secrets = [...platform, ...connect];
  }

  read(
    rawBody: Uint8Array,
    headers: Readonly<Record<string, string>>,
    now: Date,
  ): Result<readonly Notification[], NotAuthentic | Malformed> {
    const signature = headers["stripe-signature"];
    if (signature === undefined) return err(notAuthentic("signature-missing"));
    const body = Buffer.from(rawBody);
    if (!this.#secrets.some((secret) => isSignedWith(body, signature, secret))) {
      return err(notAuthentic("signature-wrong"));
    }
    if (!isTimely(signature, now)) return err(notAuthentic("timestamp-outside-tolerance"));
    return this.reread(rawBody);
  }

  reread(rawBody: Uint8Array): Result<readonly Notification[], Malformed> {
    const event = parseEvent(rawBody);
    if (event === null) return err(MALFORMED);
    const { id, livemode, account } = event;
    try {
      return ok(says(event, { id, mode: livemode ? "live" : "test", account: parseStripeAccount(account) }));
    } catch {
      // A signed event whose object has fields of other types than Stripe documents.
      return err(MALFORMED);
    }
  }
}
