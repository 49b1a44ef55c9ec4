import { createHmac } from "node:crypto";
import type { WebhookRequest } from "@payments/domain";

/** The headers of Standard Webhooks, with one signature for each secret. */
export const signedHeaders = ({ id, sentAt, body, secrets }: WebhookRequest): Record<string, string> => {
  const timestamp = String(Math.floor(sentAt.getTime() / 1_000));
  const content = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
};
