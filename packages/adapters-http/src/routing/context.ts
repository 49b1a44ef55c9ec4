import type { RouterContext } from "@koa/router";
import type { Actor, AuthenticatedClient } from "@payments/domain";
import type { Admin } from "../authentication/admin-authentication.ts";
import type { ProblemCode } from "../problem/problem.ts";

/** What middleware records of a request, for handlers and the log. */
export interface RequestState {
  requestId: string;
  /** Undefined again if the key fails after its authentication. */
  client?: AuthenticatedClient | undefined;
  admin?: Admin;
  /** Who makes the change that the request asks for. */
  actor?: Actor;
  /** The problem of the response. */
  problem?: ProblemCode;
}

export type Context = RouterContext<RequestState>;
export type Next = () => Promise<unknown>;
export type Middleware = (ctx: Context, next: Next) => Promise<void>;
