import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { type Caller, NetworkLimit, networkOf } from "../../src/authentication/network-limit.ts";

let now: number;
beforeEach(() => {
  now = 5_000;
  jest.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** A request from this address. Undefined: a connection without an address, such as a Unix socket. */
const from = (remoteAddress: string | undefined): Caller => ({
  ip: remoteAddress ?? "",
  req: { socket: { remoteAddress } },
});
const [one, other, third] = [from("203.0.113.1"), from("203.0.113.2"), from("203.0.113.3")];

const countingUpTo = (limit: number, capacity?: number) =>
  new NetworkLimit({ limit, windowSeconds: 60, ...(capacity !== undefined && { capacity }) });

describe("failed authentications", () => {
  it("block their network from the last allowed failure until the window of the first ends", () => {
    const failures = countingUpTo(2);
    failures.count(one);
    now += 10_000;
    expect(failures.secondsBlocked(one)).toBe(0);
    failures.count(one);
    expect(failures.secondsBlocked(one)).toBe(50);
    now += 48_999;
    expect(failures.secondsBlocked(one)).toBe(2);
    now += 1_000;
    expect(failures.secondsBlocked(one)).toBe(1);
    now += 1;
    expect(failures.secondsBlocked(one)).toBe(0);
  });

  it("do not count in the next window", () => {
    const failures = countingUpTo(2);
    failures.count(one);
    now += 60_000;
    failures.count(one);
    expect(failures.secondsBlocked(one)).toBe(0);
    failures.count(one);
    expect(failures.secondsBlocked(one)).toBe(60);
  });

  it("expire separately for each network", () => {
    const failures = countingUpTo(1);
    failures.count(one);
    now += 20_000;
    failures.count(other);
    expect([one, other, third].map((network) => failures.secondsBlocked(network))).toEqual([40, 60, 0]);
    now += 45_000;
    expect([one, other, third].map((network) => failures.secondsBlocked(network))).toEqual([0, 15, 0]);
  });

  it("do not block other networks below the limit", () => {
    const failures = countingUpTo(2);
    for (const network of [one, other, other]) failures.count(network);
    expect([one, other].map((network) => failures.secondsBlocked(network))).toEqual([0, 60]);
  });

  it("are evicted for the network with the oldest failure when full", () => {
    const failures = countingUpTo(1, 2);
    for (const network of [one, other, one, third]) failures.count(network);
    expect([one, other, third].map((network) => failures.secondsBlocked(network))).toEqual([60, 0, 60]);
  });

  it("report their network once in each window that reaches the limit", () => {
    const reported: string[] = [];
    const failures = new NetworkLimit({ limit: 2, windowSeconds: 60, onLimit: (network) => reported.push(network) });
    for (const network of [one, other, one, one, one]) failures.count(network);
    expect(reported).toEqual(["203.0.113.1"]);
    now += 60_000;
    for (const network of [one, one]) failures.count(network);
    expect(reported).toEqual(["203.0.113.1", "203.0.113.1"]);
  });

  it("of connections without an address count together", () => {
    const failures = countingUpTo(2);
    failures.count(from(undefined));
    failures.count(from(undefined));
    expect([from(undefined), one].map((network) => failures.secondsBlocked(network))).toEqual([60, 0]);
  });
});

describe("the network of an address", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["2001:db8:1:2:3::", "2001:db8:1:2::/64"],
    ["2001::4:5:6:7:8", "2001:0:0:4::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["::ffff:0:203.0.113.7", "0:0:0:0::/64"],
    ["64:ff9b::203.0.113.7", "64:ff9b:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["fe80::1%eth-0.1:2", "fe80:0:0:0::/64"],
  ])("of %s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
