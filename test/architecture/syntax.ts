import { parseSync } from "@swc/core";

/** Any node of the syntax tree. */
export interface Node {
  readonly type: string;
  readonly [part: string]: unknown;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

/** The syntax tree of a TypeScript text, so that comments and strings do not count as code. */
const syntaxOf = (text: string): unknown =>
  parseSync(text, { syntax: "typescript", decorators: true, target: "es2023" });

/** A node with its parent and its property name there. */
export interface Place {
  readonly node: Node;
  readonly parent: Node | undefined;
  readonly part: string;
}

const placesIn = function* (value: unknown, parent: Node | undefined, part: string): Generator<Place> {
  if (Array.isArray(value)) {
    for (const item of value) yield* placesIn(item, parent, part);
  } else if (isNode(value)) {
    yield { node: value, parent, part };
    for (const [name, child] of Object.entries(value)) yield* placesIn(child, value, name);
  } else if (typeof value === "object" && value !== null) {
    // An argument of a call is wrapped in an object without a type.
    for (const [name, child] of Object.entries(value)) yield* placesIn(child, parent, name);
  }
};

export const placesOf = (text: string): Place[] => [...placesIn(syntaxOf(text), undefined, "")];

/** Caches the function's result for each text. */
export const remembering = <Found>(look: (text: string) => Found): ((text: string) => Found) => {
  const found = new Map<string, Found>();
  return (text) => {
    const known = found.get(text);
    if (known !== undefined) return known;
    const result = look(text);
    found.set(text, result);
    return result;
  };
};

/** The content of a plain string literal. */
export const literal = (value: unknown): string | undefined =>
  isNode(value) && value.type === "StringLiteral" && typeof value["value"] === "string" ? value["value"] : undefined;

/** The name of a plain identifier. */
export const identifier = (value: unknown): string | undefined =>
  isNode(value) && value.type === "Identifier" && typeof value["value"] === "string" ? value["value"] : undefined;

/** The accessed name of `a.name` or `a["name"]`, or undefined if it is computed. */
export const memberName = (node: Node): string | undefined => {
  const property = node["property"];
  return isNode(property) && property.type === "Computed" ? literal(property["expression"]) : identifier(property);
};

/** References to a variable. Names of members, keys and imports do not count. */
export const isVariable = ({ node, parent, part }: Place): boolean =>
  node.type === "Identifier" &&
  part !== "property" &&
  part !== "key" &&
  parent?.type !== "ImportSpecifier" &&
  parent?.type !== "ExportSpecifier";
