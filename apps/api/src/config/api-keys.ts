import { parseApiKeyPrefix } from "@payments/domain";
import { z } from "zod";

const MINIMUM_PEPPER_BYTES = 16;

const separate = (peppers: string): string[] => peppers.split(",");

const isLong = (pepper: string): boolean => Buffer.byteLength(pepper) >= MINIMUM_PEPPER_BYTES;

export const apiKeys = z
  .object({
    API_KEY_PREFIX: z
      .string()
      .default("pak_live_")
      .transform((text, context) => {
        const prefix = parseApiKeyPrefix(text);
        if (prefix.isOk()) return prefix.value;
        context.addIssue(prefix.error.detail);
        return z.NEVER;
      })
      .describe("The prefix of new keys. Keys with another prefix keep working."),
    API_KEY_PEPPER: z
      .string()
      .refine(
        (peppers) => separate(peppers).every(isLong),
        `must be secrets of at least ${MINIMUM_PEPPER_BYTES} bytes each, separated by commas`,
      )
      .optional()
      .describe(
        `Secrets for the digests of keys (HMAC-SHA-256), separated by commas, at least ${MINIMUM_PEPPER_BYTES} bytes each; \`openssl rand -base64 32\` generates one. The first is used for new digests; all are accepted.`,
      ),
    API_KEY_PEPPER_NEXT: z
      .string()
      .refine(isLong, `must be a secret of at least ${MINIMUM_PEPPER_BYTES} bytes`)
      .optional()
      .describe(
        "The next pepper: keys digested with it are accepted, but new keys do not use it yet. Set it on every process before `API_KEY_PEPPER` changes.",
      ),
    API_KEY_STORAGE: z
      .enum(["digest", "plaintext"], "must be digest or plaintext")
      .default("digest")
      .describe("Whether the database stores a digest of each key, or the key itself in plain text."),
  })
  .transform((set) => ({
    prefix: set.API_KEY_PREFIX,
    /** The first is used for new digests; all are accepted. */
    peppers: set.API_KEY_PEPPER === undefined ? [] : separate(set.API_KEY_PEPPER),
    nextPepper: set.API_KEY_PEPPER_NEXT ?? null,
    storage: set.API_KEY_STORAGE,
  }));
