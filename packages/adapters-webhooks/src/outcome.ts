import type { AttemptFailure } from "@payments/domain";
import { AddressRefused } from "./checked-connector.ts";

const FAILURES: readonly (readonly [RegExp, AttemptFailure])[] = [
  [/^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|UND_ERR_ABORTED|ETIMEDOUT)$/, "timeout"],
  [/^(ENOTFOUND|EAI_\w+)$/, "address-unavailable"],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, "connection-refused"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/, "connection-lost"],
  [/^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/, "tls-failed"],
];

const codeOf = (error: unknown): string => {
  const code: unknown = Object(error) === error ? Reflect.get(error as object, "code") : undefined;
  return typeof code === "string" ? code : "";
};

/** Why a request received no response. */
export const failureOf = (error: unknown): AttemptFailure => {
  if (error instanceof AddressRefused) return "address-unavailable";
  if (error instanceof DOMException) return "timeout";
  const failure = FAILURES.find(([codes]) => codes.test(codeOf(error)))?.[1];
  if (failure !== undefined) return failure;
  return error instanceof AggregateError && error.errors.length > 0 ? failureOf(error.errors[0]) : "request-failed";
};

/** `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3). */
export const retryAfterMs = (header: string | string[] | undefined, now: number): number | null => {
  const value = String(header ?? "").trim();
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, Number.MAX_SAFE_INTEGER);
  const date = /\d{4}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
};
