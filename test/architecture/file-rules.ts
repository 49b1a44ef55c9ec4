import { placesOf, remembering } from "./syntax.ts";
import { isShipped, sourceFiles, type Workspace } from "./workspace.ts";

const MOST_LINES = 250;

const GENERATED: readonly string[] = ["packages/sdk/src/openapi.ts"];

const lineCount = (text: string): number => text.replace(/\n$/, "").split("\n").length;

const faultsOf = remembering((text) => {
  const lines = lineCount(text);
  const types = new Set(placesOf(text).map(({ node }) => node.type));
  return [
    ...(lines > MOST_LINES ? [`has ${lines} lines, more than ${MOST_LINES}`] : []),
    ...(types.has("ExportAllDeclaration") || types.has("ExportNamespaceSpecifier")
      ? ["exports everything of a module: name what is exported"]
      : []),
    ...(/^\/\/\/\s*<reference/m.test(text) ? ["has a reference directive, which goes around its imports"] : []),
  ];
});

export const fileFaults = (workspace: Workspace): string[] =>
  sourceFiles(workspace)
    .filter((file) => isShipped(file) && !GENERATED.includes(file.path))
    .flatMap(({ path, text }) => faultsOf(text).map((fault) => `${path} ${fault}`));
