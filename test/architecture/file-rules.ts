import { placesOf, remembering } from "./syntax.ts";
import { isShipped, sourceFiles, type Workspace } from "./workspace.ts";

const MAX_LINES = 250;

const GENERATED: readonly string[] = ["packages/sdk/src/openapi.ts"];

/** A list of the package's exported names, which grows with the package. */
const isIndex = (text: string): boolean =>
  !/^(?!export (?:type )?\{(?:$| .* \} from ")|\} from "| {2}[\w ]+,$|$)/m.test(text);

const lineCount = (text: string): number => text.replace(/\n$/, "").split("\n").length;

const faultsOf = remembering((text) => {
  const lines = lineCount(text);
  const types = new Set(placesOf(text).map(({ node }) => node.type));
  return [
    ...(lines > MAX_LINES && !isIndex(text) ? [`has ${lines} lines; the maximum is ${MAX_LINES}`] : []),
    ...(types.has("ExportAllDeclaration") || types.has("ExportNamespaceSpecifier")
      ? ["re-exports a whole module; list the exported names"]
      : []),
    ...(/^\/\/\/\s*<reference/m.test(text) ? ["has a reference directive; use an import"] : []),
  ];
});

export const fileFaults = (workspace: Workspace): string[] =>
  sourceFiles(workspace)
    .filter((file) => isShipped(file) && !GENERATED.includes(file.path))
    .flatMap(({ path, text }) => faultsOf(text).map((fault) => `${path} ${fault}`));
