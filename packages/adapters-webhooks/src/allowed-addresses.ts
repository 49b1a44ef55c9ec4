import ipaddr from "ipaddr.js";

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** All public IPv6 addresses. Mapped, NAT64 and local ones are outside. */
const GLOBAL_UNICAST: Network = ipaddr.parseCIDR("2000::/3");

/** Public addresses that reach a service of the machine's own cloud. */
const METADATA: readonly Network[] = [ipaddr.parseCIDR("168.63.129.16/32")];

export const LOOPBACK: readonly string[] = ["127.0.0.0/8", "::1/128"];

/** Whether a text is a network such as `10.1.0.0/16`. */
export const isNetwork = (text: string): boolean => ipaddr.isValidCIDR(text);

const contains = ([network, bits]: Network, address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  network.kind() === address.kind() && address.match(network, bits);

const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  address.range() === "unicast" &&
  (address.kind() === "ipv4" || contains(GLOBAL_UNICAST, address)) &&
  !METADATA.some((network) => contains(network, address));

/** The addresses that webhooks may reach: public ones, and those of the given networks. */
export class AllowedAddresses {
  readonly #networks: readonly Network[];

  constructor(networks: readonly string[]) {
    this.#networks = networks.map((network) => ipaddr.parseCIDR(network));
  }

  /** False also for a text that is no address. */
  allow(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.parse(text);
    return isPublic(address) || this.#networks.some((network) => contains(network, address));
  }
}
