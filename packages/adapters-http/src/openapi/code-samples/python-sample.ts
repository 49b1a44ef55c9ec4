import { type CodeSample, headersOf, pathWith, type SampleRequest, VARIABLES } from "./sample-request.ts";

const variable = (name: string): string => `os.environ["${name}"]`;

/** JSON of strings and numbers is valid Python. */
const dictionary = (values: Readonly<Record<string, string | number>>): string =>
  `{${Object.entries(values)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(", ")}}`;

const urlOf = (path: string): string => {
  const written = pathWith(path, (name) => `" + ${variable(name)} + "`);
  return `${variable(VARIABLES.url)} + "${written}"`.replace(/ \+ ""$/, "");
};

/** Uses the standard library only. */
export const pythonSample = (request: SampleRequest): CodeSample => {
  const { method, path, body, response } = request;
  const headers = headersOf(
    request,
    (before, name) => (before ? `"${before}" + ${variable(name)}` : variable(name)),
    JSON.stringify,
  );
  const lines = [
    response === "none" && !body ? "import os" : "import json, os",
    "from urllib.request import Request, urlopen",
    "",
    "request = Request(",
    `    ${urlOf(path)},`,
    ...(method === "GET" ? [] : [`    method="${method}",`]),
    ...(headers.length === 0
      ? []
      : ["    headers={", ...headers.map(([name, value]) => `        "${name}": ${value},`), "    },"]),
    ...(body ? [`    data=json.dumps(${dictionary(body)}).encode(),`] : []),
    ")",
    "with urlopen(request) as response:",
    `    print(${response === "none" ? "response.status" : "response.status, json.load(response)"})`,
  ];
  return { lang: "Python", label: "Python", source: lines.join("\n") };
};
