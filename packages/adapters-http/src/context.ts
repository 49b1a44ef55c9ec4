import type { RouterContext } from "@koa/router";
import type { Admin, AuthenticatedClient } from "@payments/domain";

/** What the middlewares know of a request, for the routes and for the log. */
export interface RequestState {
  requestId: string;
  client?: AuthenticatedClient;
  admin?: Admin;
}

export type Context = RouterContext<RequestState>;
export type Next = () => Promise<unknown>;

/** The client of a route that stands behind `authenticateClient`. */
export const clientOf = ({ state }: Context): AuthenticatedClient => {
  if (state.client === undefined) throw new TypeError("this route is not behind authentication");
  return state.client;
};
