import { SignJWT } from "jose";

export interface AdminTokenOptions {
  /** The HS256 key: at least 32 bytes. */
  readonly secret: string;
  readonly subject: string;
  readonly lifetimeSeconds: number;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly now: Date;
}

/** Issues a token that `JwtAdminAuthenticator` accepts under the same secret, issuer and audience. */
export const issueAdminToken = (options: AdminTokenOptions): Promise<string> => {
  const { secret, subject, lifetimeSeconds, issuer, audience, now } = options;
  const issuedAt = Math.floor(now.getTime() / 1000);
  const token = new SignJWT({ role: "admin" })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds);
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
};
