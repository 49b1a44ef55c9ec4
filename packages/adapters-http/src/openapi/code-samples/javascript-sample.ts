import { type CodeSample, headersOf, pathWith, type SampleRequest, VARIABLES } from "./sample-request.ts";

const variable = (name: string): string => `process.env.${name}`;
const inTemplate = (name: string): string => `\${${variable(name)}}`;

export const objectLiteral = (values: Readonly<Record<string, string | number>>): string =>
  `{ ${Object.entries(values)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(", ")} }`;

const headerName = (name: string): string => (/^\w+$/.test(name) ? name : JSON.stringify(name));

const optionsOf = (request: SampleRequest): string => {
  const { method, body } = request;
  const headers = headersOf(
    request,
    (before, name) => (before ? `\`${before}${inTemplate(name)}\`` : variable(name)),
    JSON.stringify,
  );
  const lines = [
    ...(method === "GET" ? [] : [`  method: "${method}",`]),
    ...(headers.length === 0
      ? []
      : ["  headers: {", ...headers.map(([name, value]) => `    ${headerName(name)}: ${value},`), "  },"]),
    ...(body ? [`  body: JSON.stringify(${objectLiteral(body)}),`] : []),
  ];
  return lines.length === 0 ? "" : `, {\n${lines.join("\n")}\n}`;
};

/** Uses `fetch` only. */
export const javascriptSample = (request: SampleRequest): CodeSample => {
  const { path, response } = request;
  const url = `\`${inTemplate(VARIABLES.url)}${pathWith(path, inTemplate)}\``;
  const shown = response === "none" ? "response.status" : "response.status, await response.json()";
  const source = `const response = await fetch(${url}${optionsOf(request)});\nconsole.log(${shown});`;
  return { lang: "JavaScript", label: "JavaScript", source };
};
