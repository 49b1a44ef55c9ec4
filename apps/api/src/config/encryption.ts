import { ENCRYPTION_KEY_BYTES, parseEncryptionKey } from "@payments/adapters-crypto";
import { z } from "zod";

export const encryption = z
  .object({
    ENCRYPTION_KEY: z
      .string()
      .optional()
      .transform((text, context) => {
        const keys = (text?.split(",") ?? []).map((key) => parseEncryptionKey(key.trim()));
        const found = keys.filter((key) => key !== null);
        if (found.length === keys.length) return found;
        context.addIssue(`must be keys of ${ENCRYPTION_KEY_BYTES} bytes in base64 each, separated by commas`);
        return z.NEVER;
      })
      .describe(
        `Keys that encrypt stored secrets (AES-256-GCM), such as those of webhook endpoints: ${ENCRYPTION_KEY_BYTES} bytes in base64 each, separated by commas; \`openssl rand -base64 ${ENCRYPTION_KEY_BYTES}\` generates one. The first encrypts; all decrypt. Keep a key until no stored secret names it. With the embedded database, a key is generated. Otherwise, without it, no webhook endpoint can be created.`,
      ),
  })
  .transform((set) => ({
    /** The first encrypts; all decrypt. */
    keys: set.ENCRYPTION_KEY,
  }));
