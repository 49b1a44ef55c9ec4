import { isIP } from "node:net";
import { type InvalidValue, MAXIMUM_WEBHOOK_URL_LENGTH, type WebhookUrl } from "@payments/domain";
import { err, ok, type Result } from "neverthrow";
import { AllowedAddresses, LOOPBACK } from "./allowed-addresses.ts";

const refused = (detail: string): Result<never, InvalidValue> => err({ type: "invalid-value", detail });

const loopback = new AllowedAddresses(LOOPBACK);

/** The host without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1");

/** The names that always mean this machine (RFC 6761, section 6.3). */
const isLocalName = (host: string): boolean => /(^|\.)localhost\.?$/.test(host);

/**
 * Returns the URL as it is contacted: `URL` reads decimal, octal and hexadecimal notations of an IPv4 address as the
 * system's resolver does.
 */
export const parseWebhookUrl = (
  raw: string,
  addresses: AllowedAddresses,
  plainHttpToLoopback: boolean,
): Result<WebhookUrl, InvalidValue> => {
  if (raw.length > MAXIMUM_WEBHOOK_URL_LENGTH)
    return refused(`must be at most ${MAXIMUM_WEBHOOK_URL_LENGTH} characters`);
  // `URL` removes or replaces these silently, and the stored URL would be another one.
  if (/[\s\p{Cc}\\]/u.test(raw)) return refused("must not contain blanks, control characters or backslashes");
  if (!URL.canParse(raw)) return refused("must be a URL, such as https://example.com/webhooks");
  const url = new URL(raw);
  const host = hostOf(url);
  const isLoopback = isLocalName(host) || loopback.allow(host);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && plainHttpToLoopback && isLoopback)) {
    return refused("must be an https URL");
  }
  if (!/^https?:\/\/[^/?#]/i.test(raw)) return refused("must have two slashes before its host");
  if (/^[^/]*\/\/[^/?#]*@/.test(raw)) return refused("must not contain a user or a password");
  if (url.port === "0") return refused("must not have the port 0");
  if (url.hash !== "") return refused("must not have a fragment");
  if (isIP(host) === 0 ? isLocalName(host) && !addresses.allow("127.0.0.1") : !addresses.allow(host)) {
    return refused("must not name an address of a private network or of this machine");
  }
  return ok(url.href as WebhookUrl);
};
