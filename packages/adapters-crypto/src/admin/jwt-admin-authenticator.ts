import type { Clock } from "@payments/domain";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { err, errAsync, ok, type Result, ResultAsync } from "neverthrow";
import { ADMIN_SUBJECT_RULE, isAdminSubject } from "./admin-token.ts";
import type { AdminTokenKeys } from "./admin-token-keys.ts";

export interface JwtAdminAuthenticatorOptions {
  readonly keys: AdminTokenKeys;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** A token may expire at most this long after its use. */
  readonly maxLifetimeSeconds: number;
  readonly clock: Clock;
}

export interface AdminTokenClaims {
  /** Null if the token has none. */
  readonly subject: string | null;
}

export type AdminTokenError =
  /** The token is not valid, or no longer valid. `reason` is for the audit log, never for the caller. */
  | { readonly type: "admin-token-invalid"; readonly reason: string }
  /** The token is valid, but has no admin's role. */
  | { readonly type: "admin-role-missing"; readonly subject: string | null }
  /** The remote key set could not be fetched. `cause` is for the log only. */
  | { readonly type: "admin-keys-unavailable"; readonly cause: unknown };

const ADMIN_ROLE = "admin";
const MAXIMUM_TOKEN_LENGTH = 8_192;
/** How far the issuer's clock may be ahead. */
const ISSUED_AT_LEEWAY_SECONDS = 60;

/** RFC 7515 allows one encoding of each part. A lenient decoder would accept many spellings of one token. */
const isCanonical = (part: string): boolean =>
  part !== "" && Buffer.from(part, "base64url").toString("base64url") === part;

const hasCanonicalParts = (token: string): boolean => {
  const parts = token.split(".");
  return token.length <= MAXIMUM_TOKEN_LENGTH && parts.length === 3 && parts.every(isCanonical);
};

/** The type of a claim in a JWT is the issuer's. */
const isSubject = (sub: unknown): sub is string | undefined =>
  sub === undefined || (typeof sub === "string" && isAdminSubject(sub));

const invalid = (reason: string): AdminTokenError => ({ type: "admin-token-invalid", reason });

/** Only a remote key set can be unavailable. Every other error is a fault of the token or of one key. */
const isKeySetError = (error: unknown): boolean =>
  error instanceof errors.JOSEError
    ? error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === "ERR_JOSE_GENERIC"
    : isNetworkError(error);

/** The error of `fetch`: only there the platform adds a cause. */
const isNetworkError = (error: unknown): boolean => {
  const { name, cause } = error as Error;
  return name === "TypeError" && cause !== undefined;
};

/** The reason for the audit log. Errors that are not JOSE's describe the key, such as an RSA key that is too short. */
const reasonOf = (error: unknown): string =>
  error instanceof errors.JOSEError ? error.code : `unusable key: ${(error as Error).message}`;

/**
 * Accepts a JSON Web Token (RFC 7519) with the claim `role: "admin"`. The configured key determines the
 * algorithm, never the token's header. `exp` is required and limited; `iss` and `aud` are checked if configured.
 * `exp` and `nbf` are checked without leeway; `iat` may be up to 60 s ahead. `sub` may be absent.
 */
export class JwtAdminAuthenticator {
  readonly #options: JwtAdminAuthenticatorOptions;

  constructor(options: JwtAdminAuthenticatorOptions) {
    this.#options = options;
  }

  authenticate(bearerToken: string): ResultAsync<AdminTokenClaims, AdminTokenError> {
    if (!hasCanonicalParts(bearerToken)) return errAsync(invalid("not a canonical JWS"));
    const fetched = typeof this.#options.keys.key === "function";
    return ResultAsync.fromPromise(
      this.#verify(bearerToken),
      (error): AdminTokenError =>
        fetched && isKeySetError(error) ? { type: "admin-keys-unavailable", cause: error } : invalid(reasonOf(error)),
    ).andThen((claims) => this.#admit(claims));
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
    const { key, previousKey } = keys;
    if (typeof key === "function") return (await jwtVerify(token, key satisfies JWTVerifyGetKey, options)).payload;
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (previousKey === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      return (await jwtVerify(token, previousKey, options)).payload;
    }
  }

  #admit(claims: JWTPayload): Result<AdminTokenClaims, AdminTokenError> {
    const { exp = Number.POSITIVE_INFINITY, iat = 0, sub, role } = claims;
    const { clock, maxLifetimeSeconds } = this.#options;
    const now = clock.now().getTime() / 1_000;
    if (exp > now + maxLifetimeSeconds) return err(invalid("expires too late"));
    if (iat > now + ISSUED_AT_LEEWAY_SECONDS) return err(invalid("issued in the future"));
    if (!isSubject(sub)) return err(invalid(`subject is not ${ADMIN_SUBJECT_RULE}`));
    const subject = sub ?? null;
    return role === ADMIN_ROLE ? ok({ subject }) : err({ type: "admin-role-missing", subject });
  }
}
