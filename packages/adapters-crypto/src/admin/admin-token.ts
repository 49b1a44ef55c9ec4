import { SignJWT } from "jose";

/** The log and the audit trail repeat a subject. Format characters could hide or reverse a part of it. */
const SUBJECT = /^[^\p{C}\p{Zl}\p{Zp}]{1,255}$/u;

export const ADMIN_SUBJECT_RULE = "1 to 255 printable characters";

/** Whether `JwtAdminAuthenticator` accepts this subject. */
export const isAdminSubject = (subject: string): boolean => SUBJECT.test(subject);

export interface AdminTokenOptions {
  /** The HS256 key: at least 32 bytes. */
  readonly secret: string;
  /** MUST fulfil `isAdminSubject`. */
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
