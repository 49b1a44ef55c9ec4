import { identifier, isNode, isVariable, memberName, type Node, type Place, placesOf, remembering } from "./syntax.ts";
import { sourceFiles, type Workspace } from "./workspace.ts";

const DOMAIN = "packages/domain/src";

/** Files that may throw a RangeError for a programming error of their caller. */
const MAY_THROW: readonly string[] = [`${DOMAIN}/client/api-key.ts`];

/** Globals outside the language, and ways around the other rules. */
const FORBIDDEN = new Set(
  `Buffer URL URLSearchParams TextDecoder TextEncoder AbortController AbortSignal Event EventTarget Blob File FormData
  Headers Request Response WebSocket __dirname __filename alert atob btoa clearImmediate clearInterval clearTimeout
  console crypto document eval exports fetch global globalThis module navigator performance process queueMicrotask
  require setImmediate setInterval setTimeout structuredClone window Function Intl`.split(/\s+/),
);

const isMemberOf = (place: Place): boolean => place.parent?.type === "MemberExpression" && place.part === "object";

const hasArguments = (node: Node): boolean => Array.isArray(node["arguments"]) && node["arguments"].length > 0;

/** `new Date(x)`, `Date.UTC(…)`, `Date.parse(…)`, `instanceof Date` and types do not read the clock. Other uses may. */
const isTimeless = (place: Place): boolean => {
  const { parent, part } = place;
  if (isMemberOf(place)) return parent !== undefined && ["UTC", "parse"].includes(memberName(parent) ?? "");
  if (parent?.type === "NewExpression") return part === "callee" && hasArguments(parent);
  if (parent?.type === "BinaryExpression") return part === "right" && parent["operator"] === "instanceof";
  return parent?.type === "TsTypeReference" || parent?.type === "TsExpressionWithTypeArguments";
};

const isDeterministic = (place: Place): boolean =>
  isMemberOf(place) && place.parent !== undefined && !["random", undefined].includes(memberName(place.parent));

const isRangeError = (thrown: unknown): boolean =>
  isNode(thrown) && thrown.type === "NewExpression" && identifier(thrown["callee"]) === "RangeError";

const RANGE_ERROR = "throws a RangeError, and is not listed as a file that may";

const faultAt = (place: Place): string | undefined => {
  const { node } = place;
  if (node.type === "ThrowStatement") return isRangeError(node["argument"]) ? RANGE_ERROR : "throws";
  if (node.type === "MemberExpression" && memberName(node)?.startsWith("_unsafeUnwrap")) return "throws by unwrapping";
  if (node.type === "Decorator") return "uses a decorator";
  if (!isVariable(place)) return undefined;
  const name = identifier(node) ?? "";
  if (FORBIDDEN.has(name)) return `uses ${name}, which is not part of the language`;
  if (name === "Date" && !isTimeless(place)) return "reads the time: ask the clock";
  if (name === "Math" && !isDeterministic(place)) return "uses chance: ask a port";
  return undefined;
};

const faultsIn = remembering((text) =>
  placesOf(text)
    .map(faultAt)
    .filter((fault) => fault !== undefined),
);

export const domainFaults = (workspace: Workspace): string[] =>
  sourceFiles(workspace)
    .filter(({ root }) => root === DOMAIN)
    .flatMap(({ path, text }) => faultsIn(text).map((fault) => ({ path, fault })))
    .filter(({ path, fault }) => fault !== RANGE_ERROR || !MAY_THROW.includes(path))
    .map(({ path, fault }) => `${path} ${fault}`);
