import { describe, expect, it } from "@jest/globals";
import { UndiciWebhookSender } from "@payments/adapters-webhooks";
import { expectError, expectOk } from "@payments/domain/testing";

const sender = new UndiciWebhookSender({ allowedNetworks: [], plainHttpToLoopback: false });
const PRIVATE = "must not name an address of a private network or of this machine";

describe("parseUrl", () => {
  it.each([
    ["https://example.com/hooks?tenant=1", "https://example.com/hooks?tenant=1"],
    ["https://example.com:8443", "https://example.com:8443/"],
    ["https://93.184.215.14/", "https://93.184.215.14/"],
    ["https://[2606:2800:21f:cb07::1]/", "https://[2606:2800:21f:cb07::1]/"],
    ["https://ÜMLAUT.example/", "https://xn--mlaut-jva.example/"],
  ])("accepts %s", (raw, href) => {
    expect(expectOk(sender.parseUrl(raw))).toBe(href);
  });

  it.each([
    ["example.com/hooks", "must be a URL, such as https://example.com/webhooks"],
    ["", "must be a URL, such as https://example.com/webhooks"],
    ["http://example.com/", "must be an https URL"],
    ["http://127.0.0.1/", "must be an https URL"],
    ["ftp://example.com/", "must be an https URL"],
    ["javascript:alert(1)", "must be an https URL"],
    ["file:///etc/passwd", "must be an https URL"],
    ["https://user@example.com/", "must not contain a user or a password"],
    ["https://user:password@example.com/", "must not contain a user or a password"],
    ["https://:password@example.com/", "must not contain a user or a password"],
    ["https://:@example.com/", "must not contain a user or a password"],
    ["https://example.com:0/", "must not have the port 0"],
    ["https:example.com", "must have two slashes before its host"],
    ["https:///example.com", "must have two slashes before its host"],
    ["https://example.com/ok\r\nX: y", "must not contain blanks, control characters or backslashes"],
    [" https://example.com/", "must not contain blanks, control characters or backslashes"],
    ["https:\\\\example.com\\a", "must not contain blanks, control characters or backslashes"],
    ["https://example.com/#part", "must not have a fragment"],
    [`https://example.com/${"x".repeat(2_048)}`, "must be at most 2048 characters"],
  ])("rejects %s", (raw, detail) => {
    expect(expectError(sender.parseUrl(raw)).detail).toBe(detail);
  });

  it.each([
    ["loopback", "127.0.0.1"],
    ["another loopback address", "127.255.255.254"],
    ["loopback with a dot at the end", "127.0.0.1."],
    ["decimal notation", "2130706433"],
    ["octal notation", "0177.0.0.1"],
    ["hexadecimal notation", "0x7f.1"],
    ["a short form", "127.1"],
    ["full-width digits", "１２７.0.0.1"],
    ["the name of this machine", "localhost"],
    ["a name below localhost", "hooks.localhost."],
    ["an unspecified address", "0.0.0.0"],
    ["this network", "0.1.2.3"],
    ["private 10/8", "10.0.0.1"],
    ["private 172.16/12", "172.31.255.255"],
    ["private 192.168/16", "192.168.0.1"],
    ["link-local and metadata", "169.254.169.254"],
    ["carrier-grade NAT", "100.64.0.1"],
    ["Azure's metadata service", "168.63.129.16"],
    ["protocol assignments", "192.0.0.192"],
    ["benchmarks", "198.18.0.1"],
    ["documentation", "203.0.113.1"],
    ["multicast", "224.0.0.1"],
    ["reserved", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["IPv6 loopback", "[::1]"],
    ["unspecified IPv6", "[::]"],
    ["IPv4-mapped", "[::ffff:127.0.0.1]"],
    ["IPv4-mapped in hexadecimal", "[::ffff:7f00:1]"],
    ["IPv4-mapped public", "[::ffff:93.184.215.14]"],
    ["IPv4-compatible", "[::127.0.0.1]"],
    ["NAT64", "[64:ff9b::7f00:1]"],
    ["local NAT64", "[64:ff9b:1::7f00:1]"],
    ["6to4", "[2002:7f00:1::1]"],
    ["Teredo", "[2001:0:7f00:1::1]"],
    ["documentation IPv6", "[2001:db8::1]"],
    ["unique local", "[fd00:ec2::254]"],
    ["link-local IPv6", "[fe80::1]"],
    ["site-local", "[fec0::1]"],
    ["multicast IPv6", "[ff02::1]"],
  ])("rejects %s: %s", (_, host) => {
    expect(expectError(sender.parseUrl(`https://${host}/`)).detail).toBe(PRIVATE);
  });

  it("accepts addresses of the allowed networks only", () => {
    const opened = new UndiciWebhookSender({
      allowedNetworks: ["10.1.0.0/16", "fd00:1::/32"],
      plainHttpToLoopback: false,
    });
    expectOk(opened.parseUrl("https://10.1.255.1/"));
    expectOk(opened.parseUrl("https://[fd00:1::7]/"));
    for (const host of ["10.2.0.1", "[fd00:2::7]", "127.0.0.1", "localhost"]) {
      expect(expectError(opened.parseUrl(`https://${host}/`)).detail).toBe(PRIVATE);
    }
    expect(expectError(opened.parseUrl("http://10.1.0.1/")).detail).toBe("must be an https URL");
  });

  it("accepts http to this machine, and to no other, where that is allowed", () => {
    const local = new UndiciWebhookSender({ allowedNetworks: [], plainHttpToLoopback: true });
    for (const host of ["127.0.0.1:4242", "localhost:4242", "[::1]:4242"]) expectOk(local.parseUrl(`http://${host}/`));
    for (const host of ["example.com", "127.example.com", "10.0.0.1", "localhost.example.com"]) {
      expect(expectError(local.parseUrl(`http://${host}/`)).detail).toBe("must be an https URL");
    }
  });
});
