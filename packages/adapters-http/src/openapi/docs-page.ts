import type { DocsAssets } from "./docs-assets.ts";

/** The reference page. It loads only files under `basePath`. */
export const docsPage = (basePath: string, assets: DocsAssets): string => {
  const url = (name: keyof DocsAssets): string => `${basePath}/docs/${name}?v=${assets[name].version}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Payments API</title>
<link rel="icon" href="${url("favicon.svg")}">
<link rel="stylesheet" href="${url("docs.css")}">
<script src="${url("scalar.js")}" defer></script>
<script src="${url("docs.js")}" defer></script>
</head>
<body>
<div id="reference" data-url="${basePath}/openapi.json"></div>
<noscript><p>The reference needs JavaScript. Without it, read <a href="${basePath}/openapi.json">the OpenAPI
document</a>.</p></noscript>
</body>
</html>
`;
};
