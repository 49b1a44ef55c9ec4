import type { ProblemKind } from "../problem/problem.ts";
import { PROBLEMS } from "../problem/problem.ts";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);

/** Backquotes mark code. */
const prose = (text: string): string => escaped(text).replace(/`([^`]+)`/g, "<code>$1</code>");

const article = ([code, { status, title, meaning, remedy }]: [string, ProblemKind]): string => `
  <article id="${code}">
    <h3><a href="#${code}"><code>${code}</code></a> <span class="status">${status} ${escaped(title)}</span></h3>
    <p>${prose(meaning)}</p>
    <p><strong>What to do:</strong> ${prose(remedy)}</p>
  </article>`;

const problems = Object.entries<ProblemKind>(PROBLEMS)
  .sort(([, one], [, other]) => one.status - other.status)
  .map(article)
  .join("");

/** The reference page. It loads only files under `basePath`. */
export const docsPage = (basePath: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payments API</title>
<link rel="icon" href="${basePath}/docs/favicon.png">
<link rel="stylesheet" href="${basePath}/docs/swagger-ui.css">
<link rel="stylesheet" href="${basePath}/docs/docs.css">
<script src="${basePath}/docs/swagger-ui-bundle.js" defer></script>
<script src="${basePath}/docs/code-samples.js" defer></script>
<script src="${basePath}/docs/docs.js" defer></script>
</head>
<body>
<header class="page">
  <h1>Payments API</h1>
  <nav>
    <a href="#first-payment">A first payment</a>
    <a href="#routes">Routes</a>
    <a href="#problems">Problems</a>
    <a href="${basePath}/openapi.json">OpenAPI document</a>
  </nav>
  <section id="first-payment">
    <h2>A first payment</h2>
    <ol>
      <li>Press <strong>Authorize</strong> and enter an admin token as <code>adminToken</code>. <code>npm start</code> prints one;
        <code>npm run -s cli -- admin-token</code> creates another one.</li>
      <li>Open <a href="#/Clients/createClient">Create a client and its API key</a> and press
        <strong>Execute</strong>. Only this response shows the key. This page keeps the key in memory and uses
        it for the next requests.</li>
      <li>Open <a href="#/Payments/createPayment">Create a payment</a> and press <strong>Execute</strong>: 12.50 EUR
        for the client of that key.</li>
    </ol>
    <p>Requests from this page go to this service. Nothing is sent to other hosts. Closing the page deletes
      keys and tokens.</p>
  </section>
</header>
<main>
  <section id="routes">
    <div id="swagger-ui" data-url="${basePath}/openapi.json"></div>
    <noscript><p class="page">The list of routes requires JavaScript. Without it, read
      <a href="${basePath}/openapi.json">the OpenAPI document</a>.</p></noscript>
  </section>
  <section id="problems" class="page">
    <h2>Problems</h2>
    <p>Errors are <code>application/problem+json</code> (RFC 9457). The <code>type</code> of an error links to its description
      below. Programs should compare <code>code</code>, which never changes. <code>requestId</code> identifies the
      request in the service's log.</p>${problems}
  </section>
</main>
</body>
</html>
`;
