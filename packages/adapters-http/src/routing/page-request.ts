import { DEFAULT_PAGE_LIMIT, type InvalidValue, type PageRequest, parsePageLimit } from "@payments/domain";
import type { Result } from "neverthrow";
import { Problem, type RequestFault } from "../problem/problem.ts";
import type { Context } from "./context.ts";
import type { Route } from "./route.ts";

const MAXIMUM_PARAMETERS = 20;
const MAXIMUM_QUERY_LENGTH = 2_048;
const TOO_LARGE = `The query must have at most ${MAXIMUM_QUERY_LENGTH} characters and ${MAXIMUM_PARAMETERS} parameters.`;

/** The values of each parameter. Koa's `ctx.query` takes time that is quadratic in the number of parameters. */
const readQuery = ({ querystring }: Context): ReadonlyMap<string, readonly string[]> => {
  if (querystring.length > MAXIMUM_QUERY_LENGTH) throw new Problem("invalid-request", { detail: TOO_LARGE });
  // It drops one question mark, so a second one stays part of the first name.
  const parameters = new URLSearchParams(`?${querystring}`);
  if (parameters.size > MAXIMUM_PARAMETERS) throw new Problem("invalid-request", { detail: TOO_LARGE });
  const values = new Map<string, string[]>();
  for (const [name, value] of parameters) values.set(name, [...(values.get(name) ?? []), value]);
  return values;
};

type Filters = NonNullable<NonNullable<Route["request"]>["filter"]>;

/** Parses the filters, `limit`, `after` and, unless the list is read forward only, `before`. Throws a problem that lists all faults. */
export const pageRequest = <Id>(
  ctx: Context,
  parseId: (raw: string) => Result<Id, InvalidValue>,
  { forwardOnly = false, filter = {} }: { forwardOnly?: boolean; filter?: Filters } = {},
): PageRequest<Id> & { readonly filter: Readonly<Record<string, unknown>> } => {
  const query = readQuery(ctx);
  const errors: RequestFault[] = [];
  const read = <Value>(name: string, parse: (raw: string) => Result<Value, InvalidValue>): Value | null => {
    const [raw, ...repeated] = query.get(name) ?? [];
    if (raw === undefined) return null;
    if (repeated.length > 0) {
      errors.push({ parameter: name, detail: "must be sent once" });
      return null;
    }
    return parse(raw).match(
      (value) => value,
      ({ detail }) => {
        errors.push({ parameter: name, detail });
        return null;
      },
    );
  };
  const cursor = (name: string) =>
    read(name, (raw) => parseId(raw).mapErr((fault) => ({ ...fault, detail: "must be a cursor of an earlier page" })));
  const known = new Set(["limit", "after", ...(forwardOnly ? [] : ["before"]), ...Object.keys(filter)]);
  const limit = read("limit", parsePageLimit) ?? DEFAULT_PAGE_LIMIT;
  const [after, before] = [cursor("after"), forwardOnly ? null : cursor("before")];
  if (after !== null && before !== null)
    errors.push({ parameter: "before", detail: "cannot be used together with after" });
  const filters = Object.entries(filter).flatMap(([name, { parse }]) => {
    const value = read(name, parse);
    return value === null ? [] : [[name, value] as const];
  });
  for (const name of query.keys()) {
    if (!known.has(name)) errors.push({ parameter: name, detail: "is not a known parameter" });
  }
  if (errors.length > 0) throw new Problem("invalid-request", { errors });
  return { limit, after, before, filter: Object.fromEntries(filters) };
};
