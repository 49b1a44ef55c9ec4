import {
  type AdminTokenKeys,
  JWT_ALGORITHMS,
  keysFromJwks,
  keysFromPublicKey,
  keysFromSecret,
} from "@payments/adapters-crypto";
import { z } from "zod";
import { isHttpUrl } from "./http-url.ts";

const KEY_SOURCES = ["JWT_SECRET", "JWT_PUBLIC_KEY", "JWT_JWKS_URL"] as const;

const keysFrom = (source: (typeof KEY_SOURCES)[number], value: string, wanted: string | undefined): AdminTokenKeys => {
  const algorithm = JWT_ALGORITHMS.find((name) => name === wanted);
  if (source === "JWT_SECRET") return keysFromSecret(value);
  // A PEM in an environment variable often has its line breaks written out.
  if (source === "JWT_PUBLIC_KEY") return keysFromPublicKey(value.replaceAll("\\n", "\n"), algorithm);
  if (!isHttpUrl(value)) throw new TypeError("must be the URL of a JSON Web Key Set, over https or http");
  const url = new URL(value);
  if (url.username + url.password !== "") throw new TypeError("must be a URL without a user and a password in it");
  return keysFromJwks(url, algorithm);
};

/** How the tokens of admins are checked: by exactly one of a secret, a public key and a key set. */
export const adminTokens = z
  .object({
    JWT_SECRET: z
      .string()
      .optional()
      .describe(
        "The secret of admin tokens (HS256), at least 32 bytes. On the embedded database one is made up where none of the three is set.",
      ),
    JWT_PUBLIC_KEY: z
      .string()
      .optional()
      .describe("In place of a secret: the public key in PEM; line breaks may be written as `\\n`."),
    JWT_JWKS_URL: z
      .string()
      .optional()
      .describe(
        "In place of a secret: the URL of a JSON Web Key Set, over https or http. It is fetched when the first token comes, and kept; while it can't be had, admins get 503.",
      ),
    JWT_ALGORITHM: z
      .string()
      .meta({ accepts: JWT_ALGORITHMS.join(", ") })
      .optional()
      .describe(
        "The one algorithm that a public key or a key set is used with. Not set: the usual one of the key, RS256 for a key set. A secret is always used with HS256.",
      ),
    JWT_ISSUER: z.string().optional().describe("Where set, a token's `iss` must be this."),
    JWT_AUDIENCE: z.string().optional().describe("Where set, a token's `aud` must hold this."),
  })
  .transform((set, context) => {
    const fault = (name: string, message: string) => {
      context.addIssue({ code: "custom", path: [name], message });
      return z.NEVER;
    };
    const { JWT_ALGORITHM: algorithm, JWT_SECRET: secret } = set;
    if (algorithm !== undefined && !JWT_ALGORITHMS.some((name) => name === algorithm)) {
      fault("JWT_ALGORITHM", `must be one of ${JWT_ALGORITHMS.join(", ")}`);
    }
    const [source, another] = KEY_SOURCES.filter((name) => set[name] !== undefined);
    if (source === undefined) {
      return fault("JWT_SECRET", "is missing: set 32 random bytes or more, or set JWT_PUBLIC_KEY or JWT_JWKS_URL");
    }
    if (another !== undefined) return fault(another, `and ${source} are both set: set only one of them`);
    try {
      const keys = keysFrom(source, set[source] ?? "", algorithm);
      return { keys, secret, issuer: set.JWT_ISSUER, audience: set.JWT_AUDIENCE };
    } catch (error) {
      return fault(source, (error as Error).message);
    }
  });
