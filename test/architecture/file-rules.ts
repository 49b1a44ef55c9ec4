import { literal, type Node, placesOf, remembering } from "./syntax.ts";
import { isShipped, sourceFiles, type Workspace } from "./workspace.ts";

const MAX_LINES = 250;

const GENERATED: readonly string[] = ["packages/sdk/src/openapi.ts"];

/** A list of the package's exported names, which grows with the package. */
const isIndex = (text: string): boolean =>
  !/^(?!export (?:type )?\{(?:$| .* \} from ")|\} from "| {2}[\w ]+,$|$)/m.test(text);

/** A root index may gather the indexes of its folders, because those list every name. */
const isWholeReexport = (node: Node): boolean =>
  node.type === "ExportNamespaceSpecifier" ||
  (node.type === "ExportAllDeclaration" && !/^\.\/[\w-]+\/index\.ts$/.test(literal(node["source"]) ?? ""));

const lineCount = (text: string): number => text.replace(/\n$/, "").split("\n").length;

const faultsOf = remembering((text) => {
  const lines = lineCount(text);
  const reexports = placesOf(text).some(({ node }) => isWholeReexport(node));
  return [
    ...(lines > MAX_LINES && !isIndex(text) ? [`has ${lines} lines; the maximum is ${MAX_LINES}`] : []),
    ...(reexports ? ["re-exports a whole module; list the exported names"] : []),
    ...(/^\/\/\/\s*<reference/m.test(text) ? ["has a reference directive; use an import"] : []),
  ];
});

export const fileFaults = (workspace: Workspace): string[] =>
  sourceFiles(workspace)
    .filter((file) => isShipped(file) && !GENERATED.includes(file.path))
    .flatMap(({ path, text }) => faultsOf(text).map((fault) => `${path} ${fault}`));
