import {
  type AdminTokenKeys,
  JWT_ALGORITHMS,
  keyFromSecret,
  keysFromJwks,
  keysFromPublicKey,
  keysFromSecret,
} from "@payments/adapters-crypto";
import { z } from "zod";
import { integer, isHttpUrl, isSafeTransport } from "./values.ts";

const KEY_SOURCES = ["JWT_SECRET", "JWT_PUBLIC_KEY", "JWT_JWKS_URL"] as const;

const keysFrom = (
  source: (typeof KEY_SOURCES)[number],
  value: string,
  wanted: string | undefined,
  previousSecret: string | undefined,
): AdminTokenKeys => {
  const algorithm = JWT_ALGORITHMS.find((name) => name === wanted);
  if (source === "JWT_SECRET") return keysFromSecret(value, previousSecret);
  // In an environment variable, the line breaks of a PEM are often written as \n.
  if (source === "JWT_PUBLIC_KEY") return keysFromPublicKey(value.replaceAll("\\n", "\n"), algorithm);
  if (!isHttpUrl(value)) throw new TypeError("must be the URL of a JSON Web Key Set, over https");
  const url = new URL(value);
  if (url.username + url.password !== "") throw new TypeError("must be a URL without a user and a password in it");
  if (!isSafeTransport(value)) {
    throw new TypeError("must be over https: over http, anyone on the network could replace the keys");
  }
  return keysFromJwks(url, algorithm);
};

/** Admin tokens are verified with exactly one of a secret, a public key and a key set. */
export const adminTokens = z
  .object({
    JWT_SECRET: z
      .string()
      .optional()
      .describe(
        "The secret of admin tokens (HS256), at least 32 bytes. With the embedded database, a secret is generated if none of the three is set.",
      ),
    JWT_SECRET_PREVIOUS: z
      .string()
      .optional()
      .describe(
        "The former `JWT_SECRET`, during a rotation: its tokens are still accepted. Remove it after the longest lifetime of a token.",
      ),
    JWT_PUBLIC_KEY: z
      .string()
      .optional()
      .describe("Instead of a secret: the public key in PEM; line breaks can be written as `\\n`."),
    JWT_JWKS_URL: z
      .string()
      .optional()
      .describe(
        "Instead of a secret: the URL of a JSON Web Key Set, over https (http only on the same machine). It is fetched for the first token and cached. While it is unavailable, admins get 503.",
      ),
    JWT_ALGORITHM: z
      .string()
      .meta({ accepts: JWT_ALGORITHMS.join(", ") })
      .optional()
      .describe(
        "The only accepted algorithm for a public key or key set. Not set: the key's usual algorithm, or RS256 for a key set. A secret always uses HS256.",
      ),
    JWT_MAX_LIFETIME_SECONDS: integer(60, 31_536_000)
      .default(86_400)
      .describe("How far in the future a token's `exp` may be. A token with a later `exp` gets 401."),
    JWT_ISSUER: z.string().optional().describe("If set, a token's `iss` must have this value."),
    JWT_AUDIENCE: z.string().optional().describe("If set, a token's `aud` must contain this value."),
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
    const previous = set.JWT_SECRET_PREVIOUS;
    if (previous !== undefined && secret === undefined) {
      fault("JWT_SECRET_PREVIOUS", "is set without JWT_SECRET: set both, or unset it");
    }
    const [source, another] = KEY_SOURCES.filter((name) => set[name] !== undefined);
    if (source === undefined) {
      return fault("JWT_SECRET", "is missing: set 32 random bytes or more, or set JWT_PUBLIC_KEY or JWT_JWKS_URL");
    }
    if (another !== undefined) return fault(another, `and ${source} are both set: set only one of them`);
    try {
      if (previous !== undefined && secret !== undefined) keyFromSecret(previous);
    } catch (error) {
      return fault("JWT_SECRET_PREVIOUS", (error as Error).message);
    }
    try {
      return {
        keys: keysFrom(source, set[source] ?? "", algorithm, previous),
        secret,
        issuer: set.JWT_ISSUER,
        audience: set.JWT_AUDIENCE,
        /** A token may expire at most this long after its use. */
        maxLifetimeSeconds: set.JWT_MAX_LIFETIME_SECONDS,
      };
    } catch (error) {
      return fault(source, (error as Error).message);
    }
  });
