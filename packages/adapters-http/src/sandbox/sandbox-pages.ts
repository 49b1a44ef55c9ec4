import { readFileSync } from "node:fs";
import { pageSecurityPolicy } from "../openapi/docs-routes.ts";
import { type StaticAsset, sendAsset, staticAsset } from "../openapi/static-asset.ts";
import { SANDBOX_TOKENS } from "../payments/sandbox-tokens.ts";
import type { Middleware } from "../routing/context.ts";

const page = (basePath: string, title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${basePath}/sandbox/sandbox.css">
<script src="${basePath}/sandbox/sandbox.js" defer></script>
</head>
<body>
<main>
  <p class="sandbox">This is the sandbox. No money moves.</p>
${body}
  <p id="message" role="status"></p>
  <p><a id="return" hidden>Return to the shop</a></p>
  <noscript><p>This page requires JavaScript.</p></noscript>
</main>
</body>
</html>
`;

const options = Object.entries(SANDBOX_TOKENS).map(
  ([token, effect]) => `      <option value="${token}">${token}: ${effect.replaceAll("`", "")}</option>`,
);

/** Takes the client secret from the fragment of its URL, which no server receives. */
const checkoutPage = (basePath: string): string =>
  page(
    basePath,
    "Checkout",
    `  <h1>Pay <span id="amount"></span></h1>
  <form id="open" hidden>
    <label for="secret">Client secret of the payment</label>
    <input id="secret" autocomplete="off" spellcheck="false" required>
    <button>Open the payment</button>
  </form>
  <form id="confirm" hidden>
    <label for="method">Payment method</label>
    <select id="method">
${options.join("\n")}
    </select>
    <button>Pay</button>
  </form>`,
  );

const authenticationPage = (basePath: string): string =>
  page(
    basePath,
    "Authentication",
    `  <h1>Do you approve the payment of <span id="amount"></span>?</h1>
  <form id="authenticate" hidden>
    <button value="approved">Approve</button>
    <button value="declined" class="second">Decline</button>
  </form>`,
  );

const SECURITY_POLICY = pageSecurityPolicy("'self'");

const asset = (name: string): Promise<StaticAsset> =>
  staticAsset(name.slice(name.lastIndexOf(".") + 1), readFileSync(new URL(`../../assets/${name}`, import.meta.url)));

/** The payer's pages and their files, by path. Each is made at its first request. */
export const sandboxPages = (basePath: string): readonly (readonly [path: string, respond: Middleware])[] => {
  const files: Readonly<Record<string, () => Promise<StaticAsset>>> = {
    "/sandbox/checkout": () => staticAsset("html", checkoutPage(basePath)),
    "/sandbox/authenticate": () => staticAsset("html", authenticationPage(basePath)),
    "/sandbox/sandbox.css": () => asset("sandbox.css"),
    "/sandbox/sandbox.js": () => asset("sandbox.js"),
  };
  return Object.entries(files).map(([path, make]) => {
    let made: Promise<StaticAsset> | undefined;
    return [
      path,
      async (ctx) => {
        made ??= make();
        ctx.set("Content-Security-Policy", SECURITY_POLICY);
        sendAsset(ctx, await made);
      },
    ];
  });
};
