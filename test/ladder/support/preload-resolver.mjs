// Loaded into a service with --import: resolves the names in LADDER_HOSTS instead of asking the system. The value is
// JSON: for each name, its answers in turn. Each answer is a list of addresses, and the last answer repeats.
import dns from "node:dns";
import { isIPv6 } from "node:net";

const answers = new Map(Object.entries(JSON.parse(process.env.LADDER_HOSTS)));
const lookup = dns.lookup;

dns.lookup = (host, options, callback) => {
  const left = answers.get(host);
  if (left === undefined) return lookup(host, options, callback);
  const addresses = left.length > 1 ? left.shift() : left[0];
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const done = typeof options === "function" ? options : callback;
  const isForAll = options?.all === true;
  process.nextTick(done, null, isForAll ? found : found[0].address, isForAll ? undefined : found[0].family);
};
