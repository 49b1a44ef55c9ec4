import { identifier, isNode, literal, memberName, type Node, placesOf, remembering } from "./syntax.ts";

const firstArgument = (call: Node): string | null => {
  const argument: unknown = Array.isArray(call["arguments"]) ? call["arguments"][0] : undefined;
  const expression = typeof argument === "object" && argument !== null && "expression" in argument;
  return (expression ? literal(argument.expression) : undefined) ?? null;
};

const isCallOf = (value: unknown, name: string): boolean =>
  isNode(value) && value.type === "CallExpression" && identifier(value["callee"]) === name;

/** `require(…)`, `createRequire(…)(…)`, `import(…)`, and `.resolve(…)` of each. */
const loads = (callee: unknown): boolean => {
  if (!isNode(callee)) return false;
  if (callee.type === "Import" || identifier(callee) === "require" || isCallOf(callee, "createRequire")) return true;
  if (callee.type !== "MemberExpression" || memberName(callee) !== "resolve") return false;
  const from = callee["object"];
  return (isNode(from) && from.type === "MetaProperty") || loads(from);
};

const referenceIn = (node: Node): string | null | undefined => {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return literal(node["source"]);
    case "TsExternalModuleReference":
      return literal(node["expression"]);
    case "TsImportType":
      return literal(node["argument"]);
    case "TsModuleDeclaration":
      return literal(node["id"]);
    case "CallExpression":
      return loads(node["callee"]) ? firstArgument(node) : undefined;
    default:
      return undefined;
  }
};

/** Every module that the text refers to, or null for a computed name. */
export const moduleReferences = remembering((text): (string | null)[] =>
  placesOf(text)
    .map(({ node }) => referenceIn(node))
    .filter((reference) => reference !== undefined),
);
