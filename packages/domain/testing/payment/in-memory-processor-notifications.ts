import type { Notification, NotificationNotAuthentic, ProcessorNotifications } from "@payments/domain";
import { err, ok, type Result } from "neverthrow";
import type { SignedNotification } from "./processor-notifications-contract.ts";

const TOLERANCE_MS = 300_000;

const toBytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** A checksum that depends on every byte and on the secret. It is no cryptography, only a fake signature. */
const sign = (secret: string, timestamp: string, body: Uint8Array): string =>
  [...toBytes(`${secret}.${timestamp}.`), ...body]
    .reduce((sum, byte) => (sum * 257n + BigInt(byte) + 1n) % (2n ** 89n - 1n), 0n)
    .toString(36);

/** A fake of a processor that signs its notifications. `send` makes them; the body is a number that names them. */
export class InMemoryProcessorNotifications implements ProcessorNotifications {
  readonly toleranceMs = TOLERANCE_MS;
  readonly #secret: string;
  readonly #sent: (readonly Notification[])[] = [];

  constructor(secret = "secret") {
    this.#secret = secret;
  }

  send(says: readonly Notification[], now: Date): SignedNotification {
    this.#sent.push(says);
    return this.sign(`#${this.#sent.length - 1}`, now);
  }

  sign(body: string, now: Date): SignedNotification {
    const rawBody = toBytes(body);
    const timestamp = String(now.getTime());
    return { rawBody, headers: { timestamp, signature: sign(this.#secret, timestamp, rawBody) } };
  }

  read(
    rawBody: Uint8Array,
    { timestamp = "", signature }: Readonly<Record<string, string>>,
    now: Date,
  ): Result<readonly Notification[], NotificationNotAuthentic | { readonly type: "notification-malformed" }> {
    const notAuthentic = (reason: NotificationNotAuthentic["reason"]) =>
      err({ type: "notification-not-authentic" as const, reason });
    if (signature === undefined) return notAuthentic("signature-missing");
    if (signature !== sign(this.#secret, timestamp, rawBody)) return notAuthentic("signature-wrong");
    if (Math.abs(now.getTime() - Number(timestamp)) > TOLERANCE_MS) return notAuthentic("timestamp-outside-tolerance");
    return this.reread(rawBody);
  }

  reread(rawBody: Uint8Array): Result<readonly Notification[], { readonly type: "notification-malformed" }> {
    const name = /^#(\d+)$/.exec(String.fromCharCode(...rawBody))?.[1];
    const says = name === undefined ? undefined : this.#sent[Number(name)];
    return says === undefined ? err({ type: "notification-malformed" }) : ok(says);
  }
}
