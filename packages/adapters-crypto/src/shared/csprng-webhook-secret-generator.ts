import { randomBytes } from "node:crypto";
import type { WebhookSecret, WebhookSecretGenerator } from "@payments/domain";

const BYTES = 32;

/** Secrets of webhook endpoints, from the operating system's random source. */
export class CsprngWebhookSecretGenerator implements WebhookSecretGenerator {
  generate(): WebhookSecret {
    return `whsec_${randomBytes(BYTES).toString("base64")}` as WebhookSecret;
  }
}
