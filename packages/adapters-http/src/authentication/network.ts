import { isIP, isIPv4 } from "node:net";
import type { Context } from "../routing/context.ts";

/** The eight groups of an IPv6 address as numbers. */
const groupsOf = (address: string): number[] => {
  const { hostname } = new URL(`http://[${address.replace(/%.*/, "")}]`);
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => "0"), ...tail];
  return groups.map((group) => Number.parseInt(group, 16));
};

const MAPPED = [0, 0, 0, 0, 0, 0xffff].join();

/**
 * The network that an address belongs to, of those that one customer of a provider commonly has: the address itself
 * of IPv4, also where it is written as IPv6, and the first 64 bits of IPv6 (RFC 6177).
 */
export const networkOf = (address: string): string => {
  if (isIPv4(address)) return address;
  const groups = groupsOf(address);
  if (groups.slice(0, 6).join() !== MAPPED) {
    return `${groups
      .slice(0, 4)
      .map((group) => group.toString(16))
      .join(":")}::/64`;
  }
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
};

/**
 * The network that a request comes from: as far as the proxies in front are trusted, what they say, else the other end
 * of the connection; also where what they say is no address.
 */
export const networkOfRequest = (ctx: Context): string => {
  const { remoteAddress = "" } = ctx.req.socket;
  const address = isIP(ctx.ip) === 0 ? remoteAddress : ctx.ip;
  return isIP(address) === 0 ? "unknown" : networkOf(address);
};
