import { createSign, generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, expect, it } from "@jest/globals";
import { keysFromJwks } from "@payments/adapters-crypto";
import { exportJWK, SignJWT } from "jose";
import { listen } from "../../../../test/support/free-port.ts";
import { admin, reason, verdict } from "./verdict.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const sign = (kid: string, alg = "RS256") => new SignJWT(admin).setProtectedHeader({ alg, kid }).sign(privateKey);
const keySet = async (): Promise<string> => JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "one" }] });

let server: Server;
const serving = async (listener: RequestListener): Promise<URL> => {
  server = createServer(listener);
  return new URL(`http://127.0.0.1:${await listen(server)}/`);
};
const stop = async (): Promise<void> => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
};
afterEach(stop);

it("fetches a key set once, also when a token names an absent key, until fetch is called", async () => {
  const json = await keySet();
  let fetches = 0;
  const keys = keysFromJwks(
    await serving((_, response) => {
      fetches += 1;
      response.end(json);
    }),
  );
  expect(await verdict(await sign("one"), { keys })).toBe("admin ada");
  expect(await verdict(await sign("one"), { keys })).toBe("admin ada");
  expect(await verdict(await sign("two"), { keys })).toBe("admin-token-invalid");
  expect(fetches).toBe(1);
  await keys.fetch?.();
  expect(fetches).toBe(2);
});

it("uses a key set with one algorithm: RS256, or the configured one", async () => {
  const json = await keySet();
  const url = await serving((_, response) => response.end(json));
  expect(await verdict(await sign("one", "PS384"), { keys: keysFromJwks(url) })).toBe("admin-token-invalid");
  expect(await verdict(await sign("one", "PS384"), { keys: keysFromJwks(url, "PS384") })).toBe("admin ada");
  expect(await verdict(await sign("one", "RS256"), { keys: keysFromJwks(url, "PS384") })).toBe("admin-token-invalid");
});

it("rejects the token of a key with 1024 bits, and names the key's fault in the audit log", async () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const input = [{ alg: "RS256", kid: "weak" }, admin]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const token = `${input}.${createSign("sha256").update(input).sign(weak.privateKey, "base64url")}`;
  const jwk = { ...(await exportJWK(weak.publicKey)), kid: "weak" };
  const keys = keysFromJwks(await serving((_, response) => response.end(JSON.stringify({ keys: [jwk] }))));
  expect(await verdict(token, { keys })).toBe("admin-token-invalid");
  expect(await reason(token, { keys })).toMatch(/^unusable key: .*2048 bits/);
});

it("rejects the token of a malformed key, and names the key's fault in the audit log", async () => {
  const jwk = { kty: "RSA", n: "AQAB", e: "", kid: "one" };
  const keys = keysFromJwks(await serving((_, response) => response.end(JSON.stringify({ keys: [jwk] }))));
  expect(await verdict(await sign("one"), { keys })).toBe("admin-token-invalid");
  expect(await reason(await sign("one"), { keys })).toMatch(/^unusable key: /);
});

it.each<[string, RequestListener]>([
  ["responds with an error", (_, response) => response.writeHead(500).end()],
  ["responds with invalid JSON", (_, response) => response.end("<html>")],
  ["responds with JSON that is not a key set", (_, response) => response.end("{}")],
  ["closes the connection", (request) => request.socket.destroy()],
  ["never responds", () => {}],
])("reports unavailable keys, not an invalid token, if the key set's server %s", async (_, listener) => {
  const keys = keysFromJwks(await serving(listener));
  expect(await verdict(await sign("one"), { keys })).toBe("admin-keys-unavailable");
  await expect(keys.fetch?.()).rejects.toThrow();
});

it("reports unavailable keys, not an invalid token, if the key set's server is down", async () => {
  const url = await serving(() => {});
  await new Promise((resolve) => server.close(resolve));
  expect(await verdict(await sign("one"), { keys: keysFromJwks(url) })).toBe("admin-keys-unavailable");
});
