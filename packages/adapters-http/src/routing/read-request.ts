import { type IdempotencyKey, type PageRequest, parseIdempotencyKey } from "@payments/domain";
import { Problem, type RequestFault } from "../problem/problem.ts";
import { readJson, readOptionalJson } from "../server/read-json.ts";
import type { Context } from "./context.ts";
import { pageRequest } from "./page-request.ts";
import type { Route } from "./route.ts";
import { validate } from "./validate.ts";

/** What a route's request declares. */
export interface RequestInputs {
  readonly id: unknown;
  readonly childId: unknown;
  readonly page: PageRequest<unknown>;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly idempotencyKey: IdempotencyKey | null;
}

type Declared = NonNullable<Route["request"]>;

const NO_PAGE = { limit: 1, after: null, before: null, filter: {} };

const idFrom = (ctx: Context, { parse, absent }: NonNullable<Declared["id"]>, parameter = "id"): unknown => {
  const parsed = parse(ctx.params[parameter] ?? "");
  if (parsed.isErr()) throw new Problem(absent);
  return parsed.value;
};

const pageFrom = (ctx: Context, { page, feed, filter = {} }: Declared): ReturnType<typeof pageRequest> => {
  if (feed !== undefined) return pageRequest(ctx, feed, { forwardOnly: true });
  return page === undefined ? NO_PAGE : pageRequest(ctx, page, { filter });
};

/** Rejects with a problem. It lists all faults of the query, or all of header and body. */
export const readRequest = async (ctx: Context, declared: Declared): Promise<RequestInputs> => {
  const { filter, ...page } = pageFrom(ctx, declared);
  const header = declared.idempotencyKey === undefined ? undefined : ctx.req.headers["idempotency-key"];
  const idempotencyKey = header === undefined ? null : parseIdempotencyKey(String(header));
  const errors: RequestFault[] = [];
  if (idempotencyKey?.isErr()) errors.push({ header: "Idempotency-Key", detail: idempotencyKey.error.detail });
  let body: unknown;
  if (declared.body !== undefined) {
    const json = await (declared.body.required ? readJson(ctx) : readOptionalJson(ctx));
    const validated = validate(declared.body.schema, json);
    if ("errors" in validated) errors.push(...validated.errors);
    else body = validated.value;
  }
  if (errors.length > 0) throw new Problem("invalid-request", { errors });
  const id = declared.id === undefined ? undefined : idFrom(ctx, declared.id);
  const childId = declared.child === undefined ? undefined : idFrom(ctx, declared.child, declared.child.parameter);
  return { id, childId, page, filter, body, idempotencyKey: idempotencyKey?.isOk() ? idempotencyKey.value : null };
};
