import type { PaymentsEvent } from "./routes.ts";

type EndpointDisabled = Extract<PaymentsEvent, { type: "webhook_endpoint.disabled" }>;

/** An event of the feed, or a test event. Its `type` determines the object. */
export type WebhookEvent =
  | PaymentsEvent
  | (Omit<EndpointDisabled, "type"> & { readonly type: "webhook_endpoint.test" });

/** The request is not a webhook of this API, or it is too old. Respond with 400. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
}

/** The headers of a request: a `Headers`, or those of Node's `http`. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How far the time of a webhook may be from now, in either direction. */
const TOLERANCE_SECONDS = 300;

const headerOf = (headers: WebhookHeaders, name: string): string => {
  const value = typeof headers.get === "function" ? headers.get(name) : Reflect.get(headers, name);
  if (typeof value === "string" && value !== "") return value;
  throw new WebhookVerificationError(`The header ${name} is missing`);
};

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> | null => {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
};

const importKey = async (secret: string) => {
  const key = secret.startsWith("whsec_") ? bytesOf(secret.slice("whsec_".length)) : null;
  if (key === null || key.length < 24)
    throw new TypeError("secret must be the secret of a webhook endpoint: whsec_...");
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
};

/** The `v1` signatures. Other versions are ignored, as the specification requires. */
const signaturesIn = (header: string): readonly Uint8Array<ArrayBuffer>[] =>
  header
    .split(" ")
    .filter((signature) => signature.startsWith("v1,"))
    .map((signature) => bytesOf(signature.slice("v1,".length)))
    .filter((signature) => signature !== null);

const join = (start: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> => {
  const encoder = new TextEncoder();
  const [first, second] = [encoder.encode(start), typeof body === "string" ? encoder.encode(body) : body];
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
};

/**
 * Returns the event of a webhook after it verified the signature (Standard Webhooks). `rawBody` is the body as it
 * arrived: JSON that was parsed and written again has another signature. During a rotation, pass both secrets. The
 * comparison takes constant time.
 *
 * @throws WebhookVerificationError if no secret made a signature, or the time is more than 5 minutes from now.
 * @throws TypeError for a malformed secret.
 */
export const verifyWebhook = async (
  rawBody: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
): Promise<WebhookEvent> => {
  const keys = await Promise.all((typeof secret === "string" ? [secret] : secret).map(importKey));
  const [id, timestamp] = [headerOf(headers, "webhook-id"), headerOf(headers, "webhook-timestamp")];
  const signatures = signaturesIn(headerOf(headers, "webhook-signature"));
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError("The header webhook-timestamp is not a time");
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new WebhookVerificationError("The webhook is older than 5 minutes, or a clock is wrong");
  }
  const content = join(`${id}.${timestamp}.`, rawBody);
  const checks = keys.flatMap((key) => signatures.map((one) => crypto.subtle.verify("HMAC", key, one, content)));
  if (!(await Promise.all(checks)).includes(true)) throw new WebhookVerificationError("No signature matches");
  return JSON.parse(typeof rawBody === "string" ? rawBody : new TextDecoder().decode(rawBody));
};
