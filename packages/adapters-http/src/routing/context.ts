import type { RouterContext } from "@koa/router";
import type { Admin, AuthenticatedClient } from "@payments/domain";
import type { ProblemCode } from "../problem/problems.ts";

/** What the middlewares know of a request, for the routes and for the log. */
export interface RequestState {
  requestId: string;
  /** Undefined also where the key was refused after it had been recognised. */
  client?: AuthenticatedClient | undefined;
  admin?: Admin;
  /** What the caller was told, where that is a problem. */
  problem?: ProblemCode;
}

export type Context = RouterContext<RequestState>;
export type Next = () => Promise<unknown>;
export type Middleware = (ctx: Context, next: Next) => Promise<void>;

/** The client of a route that stands behind `authenticateClient`. */
export const clientOf = ({ state }: Context): AuthenticatedClient => {
  if (state.client === undefined) throw new TypeError("this route is not behind authentication");
  return state.client;
};
