import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { PROBLEMS } from "@payments/adapters-http";
import { startApp, type TestApp } from "./support/test-app.ts";

const ASSETS = ["code-samples.js", "docs.css", "docs.js", "favicon.png", "swagger-ui.css", "swagger-ui-bundle.js"];

describe("GET /docs", () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp({ basePath: "/api/v1" });
  });
  afterEach(() => app.stop());

  it("answers 200 with a page that may load from this service alone", async () => {
    const { status, headers, body } = await app.request("GET", "/api/v1/docs");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    const references = [...body.matchAll(/(?:src|href|data-url)="([^#"][^"]*)"/g)].map(([, url]) => url);
    expect(new Set(references)).toEqual(
      new Set(["/api/v1/openapi.json", ...ASSETS.map((name) => `/api/v1/docs/${name}`)]),
    );
  });

  it("describes every problem at the anchor to which its type leads", async () => {
    const { body } = await app.request("GET", "/api/v1/docs");
    const anchors = [...body.matchAll(/<article id="([^"]+)">/g)].map(([, id]) => id);
    expect(anchors.sort()).toEqual(Object.keys(PROBLEMS).sort());
    const refused = await app.request("GET", "/api/v1/payments");
    expect(refused.body.type).toBe("/api/v1/docs#invalid-api-key");
  });

  it.each(ASSETS)("answers 200 with %s, and 304 to whoever has it", async (name) => {
    const { status, headers, body } = await app.request("GET", `/api/v1/docs/${name}`);
    expect(status).toBe(200);
    expect(body.length).toBeGreaterThan(400);
    const etag = headers.get("etag") ?? "";
    // As a browser asks; without this, fetch adds a no-cache.
    const known = { "if-none-match": etag, "cache-control": "max-age=0" };
    const again = await app.request("GET", `/api/v1/docs/${name}`, { headers: known });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const identity = await app.request("GET", `/api/v1/docs/${name}`, { headers: { "accept-encoding": "identity" } });
    expect([headers.get("content-encoding"), identity.headers.get("content-encoding")]).toEqual(["gzip", null]);
    expect(identity.body === body).toBe(true);
  });

  it.each(["package.json", "..%2fpackage.json", "constructor", "swagger-ui.css.map"])(
    "answers 404 for docs/%s, which the page does not load",
    async (name) => {
      expect((await app.request("GET", `/api/v1/docs/${name}`)).body.code).toBe("not-found");
    },
  );
});
