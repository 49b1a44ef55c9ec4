import { type AdminTokenKeys, JwtAdminAuthenticator, keysFromSecret } from "@payments/adapters-crypto";
import { FixedClock } from "@payments/domain/testing";

export const secret = "0123456789abcdef0123456789abcdef";
export const clock = new FixedClock();
/** In seconds, as tokens tell time. */
export const now = Math.floor(clock.now().getTime() / 1000);
export const admin = { role: "admin", exp: now + 60, sub: "ada" };

interface Configured {
  readonly issuer?: string;
  readonly audience?: string;
  readonly keys?: AdminTokenKeys;
}

const authenticate = (token: string, configured: Configured) =>
  new JwtAdminAuthenticator({ keys: keysFromSecret(secret), clock, ...configured }).authenticate(token);

/** Who is let in, as `admin ada`, or the type of the refusal. */
export const verdict = async (token: string, configured: Configured = {}): Promise<string> =>
  (await authenticate(token, configured)).match(
    ({ subject }) => `admin ${subject}`,
    ({ type }) => type,
  );

/** What the operator is told of a token that is refused. */
export const reason = async (token: string): Promise<string | undefined> => {
  const error = (await authenticate(token, {}))._unsafeUnwrapErr();
  return error.type === "admin-token-invalid" ? error.reason : undefined;
};
