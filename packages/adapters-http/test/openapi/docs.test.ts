import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { PROBLEMS } from "@payments/adapters-http";
import { startApp, type TestApp } from "../support/test-app.ts";

const ASSETS = ["code-samples.js", "docs.css", "docs.js", "favicon.png", "swagger-ui.css", "swagger-ui-bundle.js"];

/** The fetch of Node 24 fails an internal assertion if a large response ends with its connection. */
const load = async (port: number, path: string, headers: Record<string, string>) => {
  const request = get({ host: "127.0.0.1", port, path, headers, agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, bytes: await buffer(response) };
};

describe("GET /docs", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp({ basePath: "/api/v1" });
  });
  afterEach(() => app.stop());

  it("200 with a page that loads from this service only", async () => {
    const { status, headers, body } = await app.request("GET", "/api/v1/docs");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    const references = [...body.matchAll(/(?:src|href|data-url)="([^#"][^"]*)"/g)].map(([, url]) => url);
    expect(new Set(references)).toEqual(
      new Set(["/api/v1/openapi.json", ...ASSETS.map((name) => `/api/v1/docs/${name}`)]),
    );
  });

  it("200 describes every problem at the anchor of its type", async () => {
    const { body } = await app.request("GET", "/api/v1/docs");
    const anchors = [...body.matchAll(/<article id="([^"]+)">/g)].map(([, id]) => id);
    expect(anchors.sort()).toEqual(Object.keys(PROBLEMS).sort());
    const refused = await app.request("GET", "/api/v1/payments");
    expect(refused.body.type).toBe("/api/v1/docs#invalid-api-key");
  });

  it.each(ASSETS)("200 with %s, and 304 with its ETag", async (name) => {
    const path = `/api/v1/docs/${name}`;
    const { status, headers, bytes } = await load(app.port, path, { "accept-encoding": "gzip" });
    expect([status, headers["content-encoding"]]).toEqual([200, "gzip"]);
    const again = await load(app.port, path, { "if-none-match": headers.etag ?? "" });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const identity = await load(app.port, path, { "accept-encoding": "identity" });
    expect(identity.headers["content-encoding"]).toBe(undefined);
    expect(identity.bytes.length).toBeGreaterThan(400);
    expect(gunzipSync(bytes).equals(identity.bytes)).toBe(true);
  });

  it.each(["docs", "openapi.json"])("200 with %s, compressed, and 304 with its ETag", async (name) => {
    const path = `/api/v1/${name}`;
    const { status, headers, bytes } = await load(app.port, path, { "accept-encoding": "gzip" });
    expect([status, headers["content-encoding"], headers.vary]).toEqual([200, "gzip", "Accept-Encoding"]);
    const again = await load(app.port, path, { "if-none-match": headers.etag ?? "" });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const identity = await load(app.port, path, {});
    expect(gunzipSync(bytes).equals(identity.bytes)).toBe(true);
  });

  it.each(["package.json", "..%2fpackage.json", "constructor", "swagger-ui.css.map"])(
    "404 for docs/%s, which the page does not load",
    async (name) => {
      expect((await app.request("GET", `/api/v1/docs/${name}`)).body.code).toBe("not-found");
    },
  );
});
