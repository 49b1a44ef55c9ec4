import type { IncomingMessage } from "node:http";
import type { ProblemCode } from "../problem/problem.ts";

export const MAXIMUM_URL_LENGTH = 8_192;

/** RFC 9110, section 7.2: a name or an IPv6 address in brackets, and an optional port. May be empty. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::\d*)?$/;

/**
 * What Node's parser lets pass though HTTP/1.1 does not: such a request is not to be understood at all, so its
 * connection is closed. A coding of the transfer that is not known makes the body's end a matter of opinion.
 */
export const requestFault = ({ url = "", httpVersion, headers }: IncomingMessage): ProblemCode | undefined => {
  if (url.length > MAXIMUM_URL_LENGTH) return "uri-too-long";
  const { host, "transfer-encoding": coding } = headers;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return "malformed-request";
  if (host === undefined ? httpVersion === "1.1" : !HOST.test(host)) return "malformed-request";
  if (coding === undefined) return undefined;
  // RFC 9112, section 6.1: a version without transfer codings can't have meant it.
  if (httpVersion === "1.0") return "malformed-request";
  return coding.toLowerCase() === "chunked" ? undefined : "unknown-transfer-coding";
};
