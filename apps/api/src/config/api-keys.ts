import { parseApiKeyPrefix } from "@payments/domain";
import { z } from "zod";

const MINIMUM_PEPPER_BYTES = 16;

const separate = (peppers: string): string[] => peppers.split(",");

const isLong = (pepper: string): boolean => Buffer.byteLength(pepper) >= MINIMUM_PEPPER_BYTES;

/** How API keys look and how they are stored. */
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
      .describe("What new keys begin with. Keys that were made with another prefix keep working."),
    API_KEY_PEPPER: z
      .string()
      .refine(
        (peppers) => separate(peppers).every(isLong),
        `must be secrets of at least ${MINIMUM_PEPPER_BYTES} bytes each, separated by commas`,
      )
      .optional()
      .describe(
        `Secrets of at least ${MINIMUM_PEPPER_BYTES} bytes each, such as \`openssl rand -base64 32\` makes, separated by commas, that digests of keys are made with (HMAC-SHA-256). The first makes new digests, all are recognised.`,
      ),
    API_KEY_STORAGE: z
      .enum(["digest", "plaintext"], "must be digest or plaintext")
      .default("digest")
      .describe("What is stored of a key: its digest, or, for those who need it, the key itself."),
  })
  .transform((set) => ({
    prefix: set.API_KEY_PREFIX,
    /** Separated by commas: the first makes new digests, all are recognised. */
    peppers: set.API_KEY_PEPPER === undefined ? [] : separate(set.API_KEY_PEPPER),
    storage: set.API_KEY_STORAGE,
  }));
