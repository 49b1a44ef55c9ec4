import type { IncomingMessage } from "node:http";
import type { ProblemCode } from "../problem/problem.ts";

export const MAXIMUM_URL_LENGTH = 8_192;

/** RFC 9110, section 7.2: a name or an IPv6 address in brackets, and an optional port. May be empty. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::\d*)?$/;

/** The absolute-form of a request target, as proxies get it. Its authority is a name or address with an optional port. */
const ABSOLUTE_FORM = /^https?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::\d*)?(?=[/?]|$)/i;

/** RFC 9112, section 3.2. A target has no fragment. */
const isTarget = (url: string, method: string | undefined): boolean =>
  !url.includes("#") && (url.startsWith("/") || (url === "*" && method === "OPTIONS") || ABSOLUTE_FORM.test(url));

/** The path and query of a target without fault. Koa cannot parse every absolute-form. */
export const originFormOf = (url: string): string => {
  if (url.startsWith("/") || url === "*") return url;
  const target = url.replace(ABSOLUTE_FORM, "");
  return target.startsWith("/") ? target : `/${target}`;
};

/**
 * What Node's parser lets pass though HTTP/1.1 does not: such a request is not to be understood at all, so its
 * connection is closed. A coding of the transfer that is not known makes the body's end a matter of opinion.
 */
export const requestFault = ({ url = "", method, httpVersion, headers }: IncomingMessage): ProblemCode | undefined => {
  if (url.length > MAXIMUM_URL_LENGTH) return "uri-too-long";
  const { host, "transfer-encoding": coding } = headers;
  if (!isTarget(url, method)) return "malformed-request";
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return "malformed-request";
  if (host === undefined ? httpVersion === "1.1" : !HOST.test(host)) return "malformed-request";
  if (coding === undefined) return undefined;
  // RFC 9112, section 6.1: a version without transfer codings can't have meant it.
  if (httpVersion === "1.0") return "malformed-request";
  return coding.toLowerCase() === "chunked" ? undefined : "unknown-transfer-coding";
};
