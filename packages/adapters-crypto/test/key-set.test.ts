import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "@jest/globals";
import { keysFromJwks } from "@payments/adapters-crypto";
import { exportJWK, SignJWT } from "jose";
import { admin, verdict } from "./support/verdict.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const sign = (kid: string, alg = "RS256") => new SignJWT(admin).setProtectedHeader({ alg, kid }).sign(privateKey);
const keySet = async (): Promise<string> => JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "one" }] });

let server: Server;
const serving = async (answer: RequestListener): Promise<URL> => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
};
const stop = async (): Promise<void> => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
};
afterEach(stop);

it("fetches a key set once, also where a token names a key that is not in it, until it is asked to", async () => {
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

it("uses a key set with one algorithm: RS256, or the one that is said", async () => {
  const json = await keySet();
  const url = await serving((_, response) => response.end(json));
  expect(await verdict(await sign("one", "PS384"), { keys: keysFromJwks(url) })).toBe("admin-token-invalid");
  expect(await verdict(await sign("one", "PS384"), { keys: keysFromJwks(url, "PS384") })).toBe("admin ada");
  expect(await verdict(await sign("one", "RS256"), { keys: keysFromJwks(url, "PS384") })).toBe("admin-token-invalid");
});

it.each<[string, RequestListener]>([
  ["answers with an error", (_, response) => response.writeHead(500).end()],
  ["answers with what is no JSON", (_, response) => response.end("<html>")],
  ["answers with what is no key set", (_, response) => response.end("{}")],
  ["hangs up", (request) => request.socket.destroy()],
  ["never answers", () => {}],
])("does not take a good token for a bad one while the key set's server %s", async (_, answer) => {
  const keys = keysFromJwks(await serving(answer));
  expect(await verdict(await sign("one"), { keys })).toBe("admin-keys-unavailable");
  await expect(keys.fetch?.()).rejects.toThrow();
});

it("does not take a good token for a bad one while the key set's server is away", async () => {
  const url = await serving(() => {});
  await new Promise((resolve) => server.close(resolve));
  expect(await verdict(await sign("one"), { keys: keysFromJwks(url) })).toBe("admin-keys-unavailable");
});
