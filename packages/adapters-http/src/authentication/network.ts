import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import type { Context } from "../routing/context.ts";

/** The address of IPv4, also if written as IPv6, or the first 64 bits of IPv6: one customer of a provider (RFC 6177). */
export const networkOf = (address: string): string => {
  const parsed = ipaddr.process(address.replace(/%.*/, ""));
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(":")}::/64`;
};

/** The network of the caller. If the trusted proxies forward no valid address, it is that of the connection. */
export const networkOfRequest = (ctx: Context): string => {
  const { remoteAddress = "" } = ctx.req.socket;
  // Node is stricter than ipaddr.js, which accepts "1" and "0x7f.1".
  const address = isIP(ctx.ip) === 0 ? remoteAddress : ctx.ip;
  return isIP(address) === 0 ? "unknown" : networkOf(address);
};
