import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openApiDocument, PROBLEMS } from "@payments/adapters-http";
import { startApp, type TestApp } from "../support/test-app.ts";

const ASSETS = ["docs.css", "docs.js", "favicon.svg", "scalar.js"];

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

  const referencesOf = async (): Promise<string[]> => {
    const { body } = await app.request("GET", "/api/v1/docs");
    return [...body.matchAll(/(?:src|href|data-url)="([^#"][^"]*)"/g)].map(([, url]) => url);
  };

  it("200 with a page that loads from this service only", async () => {
    const { status, headers } = await app.request("GET", "/api/v1/docs");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const paths = (await referencesOf()).map((url) => url.replace(/\?v=[\w-]{22}$/, ""));
    expect(new Set(paths)).toEqual(new Set(["/api/v1/openapi.json", ...ASSETS.map((name) => `/api/v1/docs/${name}`)]));
  });

  it("200 with the versions of its files, which caches keep for a year", async () => {
    const versioned = (await referencesOf()).filter((url) => url.includes("?v="));
    expect(versioned).toHaveLength(ASSETS.length);
    for (const url of versioned) {
      const { status, headers } = await load(app.port, url, { "accept-encoding": "gzip" });
      expect([status, headers["cache-control"]]).toEqual([200, "public, max-age=31536000, immutable"]);
      const other = await load(app.port, `${url}x`, { "accept-encoding": "gzip" });
      expect([other.status, other.headers["cache-control"]]).toEqual([200, "no-cache"]);
    }
  });

  it.each(ASSETS)("200 with %s, and 304 with its ETag", async (name) => {
    const path = `/api/v1/docs/${name}`;
    const { status, headers, bytes } = await load(app.port, path, { "accept-encoding": "gzip" });
    expect([status, headers["content-encoding"]]).toEqual([200, "gzip"]);
    const again = await load(app.port, path, { "if-none-match": headers.etag ?? "" });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const identity = await load(app.port, path, { "accept-encoding": "identity" });
    expect(identity.headers["content-encoding"]).toBe(undefined);
    expect(identity.bytes.length).toBeGreaterThan(200);
    expect(gunzipSync(bytes).equals(identity.bytes)).toBe(true);
  });

  it.each(["docs", "openapi.json"])("200 with %s, compressed, and 304 with its ETag", async (name) => {
    const path = `/api/v1/${name}`;
    const { status, headers, bytes } = await load(app.port, path, { "accept-encoding": "gzip" });
    expect([status, headers["content-encoding"], headers.vary]).toEqual([200, "gzip", "Accept-Encoding"]);
    expect(headers["cache-control"]).toBe("no-cache");
    const again = await load(app.port, path, { "if-none-match": headers.etag ?? "" });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const identity = await load(app.port, path, {});
    expect(gunzipSync(bytes).equals(identity.bytes)).toBe(true);
  });

  it.each(["package.json", "..%2fpackage.json", "constructor", "standalone.js"])(
    "404 for docs/%s, which the page does not load",
    async (name) => {
      expect((await app.request("GET", `/api/v1/docs/${name}`)).body.code).toBe("not-found");
    },
  );
});

describe("GET /", () => {
  const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  let app: TestApp;
  afterEach(() => app.stop());

  it.each([
    ["", "/"],
    ["/api/v1", "/"],
    ["/api/v1", "/api/v1"],
    ["/api/v1", "/api/v1/"],
  ])("302 leads browsers to the reference page, with the base path %j from %s", async (basePath, path) => {
    app = await startApp({ basePath });
    const { status, headers } = await load(app.port, path, { accept: BROWSER });
    expect([status, headers.location, headers.vary]).toEqual([302, `${basePath}/docs`, "Accept"]);
  });

  it("404 with a problem for other callers, and for other methods and paths of browsers", async () => {
    app = await startApp({ basePath: "/api/v1" });
    for (const accept of ["*/*", "application/json", ""]) {
      const { status, headers } = await load(app.port, "/", accept === "" ? {} : { accept });
      expect([status, headers["content-type"]]).toEqual([404, "application/problem+json"]);
    }
    expect((await app.request("POST", "/", { headers: { accept: BROWSER } })).body.code).toBe("not-found");
    expect((await app.request("GET", "/favicon.ico", { headers: { accept: BROWSER } })).body.code).toBe("not-found");
  });

  it("404, like /docs and its files, if the page is switched off", async () => {
    app = await startApp({ docs: false });
    for (const path of ["/", "/docs", "/docs/scalar.js"]) {
      expect((await load(app.port, path, { accept: BROWSER })).status).toBe(404);
    }
    expect((await app.request("GET", "/openapi.json")).status).toBe(200);
  });
});

describe("the guides of the reference page", () => {
  it("describe every problem under a heading that is its code", () => {
    const { description } = openApiDocument("").info;
    const headings = [...description.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.sort()).toEqual(Object.keys(PROBLEMS).sort());
    for (const { title, meaning, remedy } of Object.values(PROBLEMS)) {
      expect(description).toContain(`${title}.** ${meaning}\n\n**What to do:** ${remedy}`);
    }
  });

  it("explain a first payment, charging, idempotency, pagination, limits and errors", () => {
    const headings = [...openApiDocument("").info.description.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([
      ...["A first payment", "Charge in the sandbox", "Idempotency", "Pagination", "Limits", "Errors"],
    ]);
  });
});
