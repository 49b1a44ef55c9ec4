import dns, { type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import type { AllowedAddresses } from "./allowed-addresses.ts";

/** A host resolved to an address that webhooks must not reach. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/** Resolves a name to all of its addresses. */
export type ResolveAll = (
  host: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

const resolveAll: ResolveAll = (host, callback) =>
  dns.lookup(host, { all: true }, (error, addresses) => callback(error, addresses ?? []));

export interface CheckedConnectorOptions {
  readonly timeoutMs: number;
  /** Instead of the system's certificate authorities. */
  readonly ca?: string | undefined;
  /** Instead of the system's resolver. */
  readonly resolve?: ResolveAll | undefined;
  /** Is told the host of each refused connection. */
  readonly onRefused?: ((host: string) => void) | undefined;
}

/**
 * Connects to allowed addresses only. The socket connects to the very addresses that were checked, so a name that
 * resolves to another address a moment later changes nothing. One refused address refuses the whole name.
 */
export const checkedConnector = (
  addresses: AllowedAddresses,
  { timeoutMs, ca, resolve = resolveAll, onRefused }: CheckedConnectorOptions,
): buildConnector.connector => {
  const refusal = (host: string): AddressRefused => {
    onRefused?.(host);
    return new AddressRefused();
  };
  const lookup: LookupFunction = (host, options, callback) =>
    resolve(host, (error, found) => {
      const [first] = found;
      if (error !== null || first === undefined) {
        callback(error ?? Object.assign(new Error("no address"), { code: "ENOTFOUND" }), "", 0);
      } else if (!found.every(({ address }) => addresses.allow(address))) {
        callback(refusal(host), "", 0);
      } else if (options.all) callback(null, [...found]);
      else callback(null, first.address, first.family);
    });
  const connect = buildConnector({ lookup, timeout: timeoutMs, ...(ca !== undefined && { ca }) });
  return (options, callback) => {
    // Node does not look up a host that is an address.
    const host = options.hostname.replace(/^\[(.*)\]$/, "$1");
    if (isIP(host) !== 0 && !addresses.allow(host)) callback(refusal(host), null);
    else connect(options, callback);
  };
};
