import type { Admin, AdminAuthenticator, AdminRefusal, Clock } from "@payments/domain";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { err, errAsync, ok, type Result, ResultAsync } from "neverthrow";
import type { AdminTokenKeys } from "./admin-token-keys.ts";

export interface JwtAdminAuthenticatorOptions {
  readonly keys: AdminTokenKeys;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly clock: Clock;
}

const ADMIN_ROLE = "admin";
const MAXIMUM_TOKEN_LENGTH = 8_192;

/** RFC 7515 allows one encoding of each part. A lenient decoder would accept many spellings of one token. */
const isCanonical = (part: string): boolean =>
  part !== "" && Buffer.from(part, "base64url").toString("base64url") === part;

const hasCanonicalParts = (token: string): boolean => {
  const parts = token.split(".");
  return token.length <= MAXIMUM_TOKEN_LENGTH && parts.length === 3 && parts.every(isCanonical);
};

const invalid = (reason: string): AdminRefusal => ({ type: "admin-token-invalid", reason });

/** Only a remote key set can be unavailable. Every other error is a fault of the token. */
const isKeySetError = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  error.code === "ERR_JOSE_GENERIC";

const codeOf = (error: unknown): string => (error instanceof errors.JOSEError ? error.code : "not verifiable");

/**
 * Accepts a JSON Web Token (RFC 7519) with the claim `role: "admin"`. The configured key determines the
 * algorithm, never the token's header. `exp` is required; `iss` and `aud` are checked if configured.
 * Times are checked without leeway.
 */
export class JwtAdminAuthenticator implements AdminAuthenticator {
  readonly #options: JwtAdminAuthenticatorOptions;

  constructor(options: JwtAdminAuthenticatorOptions) {
    this.#options = options;
  }

  authenticate(bearerToken: string): ResultAsync<Admin, AdminRefusal> {
    if (!hasCanonicalParts(bearerToken)) return errAsync(invalid("not a canonical JWS"));
    const fetched = typeof this.#options.keys.key === "function";
    return ResultAsync.fromPromise(
      this.#verify(bearerToken),
      (error): AdminRefusal =>
        fetched && isKeySetError(error) ? { type: "admin-keys-unavailable", cause: error } : invalid(codeOf(error)),
    ).andThen(admit);
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { keys, issuer, audience, clock } = this.#options;
    const options = {
      algorithms: [keys.algorithm],
      requiredClaims: ["exp"],
      currentDate: clock.now(),
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    const { payload } =
      typeof keys.key === "function"
        ? await jwtVerify(token, keys.key satisfies JWTVerifyGetKey, options)
        : await jwtVerify(token, keys.key, options);
    return payload;
  }
}

const admit = ({ sub, role }: JWTPayload): Result<Admin, AdminRefusal> => {
  const subject = typeof sub === "string" ? sub : null;
  return role === ADMIN_ROLE ? ok({ subject }) : err({ type: "admin-role-missing", subject });
};
