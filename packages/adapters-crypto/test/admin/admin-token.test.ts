import { expect, it } from "@jest/globals";
import { type AdminTokenOptions, issueAdminToken } from "@payments/adapters-crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { clock, now, secret, verdict } from "./verdict.ts";

const issue = (more: Partial<AdminTokenOptions> = {}) =>
  issueAdminToken({ secret, subject: "ada", lifetimeSeconds: 60, now: clock.now(), ...more });

it("issues a token with role, subject, issue time and expiry, and no other claim", async () => {
  const token = await issue({ now: new Date(now * 1000 + 999) });
  expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: "JWT" });
  expect(decodeJwt(token)).toEqual({ role: "admin", sub: "ada", iat: now, exp: now + 60 });
  expect(await verdict(token)).toBe("admin ada");
});

it("sets the issuer and audience if configured", async () => {
  const configured = { issuer: "us", audience: "api" };
  expect(await verdict(await issue(configured), configured)).toBe("admin ada");
  expect(await verdict(await issue({ issuer: "us" }), configured)).toBe("admin-token-invalid");
  expect(await verdict(await issue({ audience: "api" }), configured)).toBe("admin-token-invalid");
  expect(decodeJwt(await issue(configured))).toMatchObject({ iss: "us", aud: "api" });
});
