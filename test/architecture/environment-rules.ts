import { identifier, isVariable, memberName, placesOf, remembering } from "./syntax.ts";
import { isShipped, sourceFiles, type Workspace } from "./workspace.ts";

/** The only file that reads the environment. */
const READER = "apps/api/src/config/environment.ts";

/** Uses of the environment, or of `process` as a whole, which gives access to it. */
const environmentUses = remembering((text) =>
  placesOf(text).flatMap((place) => {
    const { node, parent, part } = place;
    const name = identifier(node);
    if (node.type === "ImportDeclaration" && /"(node:)?process"/.test(JSON.stringify(node["source"]))) {
      return ["imports process"];
    }
    if (!isVariable(place) || (name !== "process" && name !== "globalThis")) return [];
    if (name === "globalThis") return ["uses globalThis"];
    if (parent?.type !== "MemberExpression" || part !== "object") return ["hands on process"];
    const member = memberName(parent);
    return member === "env" || member === undefined ? ["reads process.env"] : [];
  }),
);

export const environmentFaults = (workspace: Workspace): string[] => {
  const shipped = sourceFiles(workspace).filter(isShipped);
  const used = shipped.flatMap(({ path, text }) => environmentUses(text).map((use) => ({ path, use })));
  const faults = used
    .filter(({ path, use }) => path !== READER || use !== "reads process.env")
    .map(({ path, use }) => `${path} ${use}, which only ${READER} may`);
  return used.some(({ path }) => path === READER) ? faults : [...faults, `${READER} does not read process.env`];
};
