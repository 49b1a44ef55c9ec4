import { type AdminTokenKeys, JwtAdminAuthenticator, keysFromSecret } from "@payments/adapters-crypto";
import { expectError, FixedClock } from "@payments/domain/testing";

export const secret = "0123456789abcdef0123456789abcdef";
export const clock = new FixedClock();
/** In seconds, as in a token. */
export const now = Math.floor(clock.now().getTime() / 1000);
export const admin = { role: "admin", exp: now + 60, sub: "ada" };

interface Configured {
  readonly issuer?: string;
  readonly audience?: string;
  readonly keys?: AdminTokenKeys;
  readonly maxLifetimeSeconds?: number;
}

const authenticate = (token: string, configured: Configured) =>
  new JwtAdminAuthenticator({
    keys: keysFromSecret(secret),
    maxLifetimeSeconds: 86_400,
    clock,
    ...configured,
  }).authenticate(token);

/** `admin ada` for an accepted token, else the error's type. */
export const verdict = async (token: string, configured: Configured = {}): Promise<string> =>
  (await authenticate(token, configured)).match(
    ({ subject }) => `admin ${subject}`,
    ({ type }) => type,
  );

/** The reason that the audit log gets for a rejected token. */
export const reason = async (token: string, configured: Configured = {}): Promise<string | undefined> => {
  const error = expectError(await authenticate(token, configured));
  return error.type === "admin-token-invalid" ? error.reason : undefined;
};
