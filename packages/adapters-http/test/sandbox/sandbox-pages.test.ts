import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApp, type TestApp } from "../support/test-app.ts";

let app: TestApp;
beforeEach(async () => {
  app = await startApp({ basePath: "/api/v1" });
});
afterEach(() => app.stop());

describe("the pages of the sandbox", () => {
  it.each([
    ["/sandbox/checkout", "text/html"],
    ["/sandbox/authenticate", "text/html"],
    ["/sandbox/sandbox.js", "text/javascript"],
    ["/sandbox/sandbox.css", "text/css"],
  ])("200 for %s, which loads from this service only", async (path, type) => {
    const { status, headers, body } = await app.request("GET", `/api/v1${path}`);
    expect([status, headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
    );
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    for (const [, url] of body.matchAll(/(?:src|href)="([^"]*)"/g))
      expect(url).toMatch(/^(\/api\/v1\/sandbox\/|data:)/);
  });

  it("404 for any client secret if the processor has its own pages", async () => {
    for (const [step, fields] of [
      ["find", {}],
      ["confirm", { paymentMethod: "pm_card_visa" }],
      ["authenticate", { outcome: "approved" }],
    ] as const) {
      const body = { clientSecret: "sandbox_1_secret_2", ...fields };
      const response = await app.request("POST", `/api/v1/sandbox/checkouts/${step}`, { body });
      expect([response.status, response.body.code]).toEqual([404, "checkout-not-found"]);
    }
    expect(app.lines.join("")).not.toContain("sandbox_1_secret_2");
  });

  it.each([
    [{}, ["/clientSecret"]],
    [{ clientSecret: "x".repeat(256) }, ["/clientSecret"]],
    [{ clientSecret: "x", cardNumber: "4242424242424242" }, ["/cardNumber"]],
  ])("400 for %j", async (body, pointers) => {
    const response = await app.request("POST", "/api/v1/sandbox/checkouts/find", { body });
    expect([response.status, response.body.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([
      400,
      pointers,
    ]);
    expect(app.lines.join("")).not.toContain("4242424242424242");
  });
});
