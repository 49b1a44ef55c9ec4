import { METHODS } from "node:http";
import Router from "@koa/router";
import type { AuthenticatedClient } from "@payments/domain";
import type { AdminAuthentication } from "../authentication/admin-authentication.ts";
import type { Attempt, ClientAuthentication } from "../authentication/client-authentication.ts";
import type { AnonymousLimit } from "../authentication/network-limit.ts";
import { Problem } from "../problem/problem.ts";
import { requireJsonAccepted } from "../server/headers.ts";
import type { Context, RequestState } from "./context.ts";
import { type RequestInputs, readRequest } from "./read-request.ts";
import type { HandlerDependencies, ResolveUseCase, Route, RouteResponse } from "./route.ts";

export interface Authenticators {
  readonly client: ClientAuthentication;
  readonly admin: AdminAuthentication;
  readonly anonymous: AnonymousLimit;
}

export interface MountDependencies extends HandlerDependencies {
  readonly resolveUseCase: ResolveUseCase;
}

/** With all of Node's methods, a method that no route has gets 405 rather than 501. */
export const createRouter = (basePath: string) => new Router<RequestState>({ prefix: basePath, methods: METHODS });

const attemptOf = (
  route: Route,
  basePath: string,
  dependencies: HandlerDependencies & { readonly useCase: unknown },
): Attempt<RequestInputs, RouteResponse> & {
  handle(ctx: Context, client: AuthenticatedClient | undefined, inputs: RequestInputs): Promise<RouteResponse>;
} => {
  const { request = {}, response } = route;
  return {
    read: (ctx) => readRequest(ctx, request),
    handle: (ctx, client, inputs) =>
      route.handler({ state: ctx.state, client, actor: ctx.state.actor, ...inputs }, dependencies),
    send: (ctx, { body, location, headers }) => {
      ctx.status = response.status;
      if (location !== undefined) ctx.res.setHeader("Location", basePath + location);
      if (headers !== undefined) {
        for (const name of Object.keys(headers)) ctx.res.setHeader(name, headers[name] as string);
      }
      if (body !== undefined) ctx.body = body;
    },
  };
};

const middlewareOf = (
  route: Route,
  basePath: string,
  { client, admin, anonymous }: Authenticators,
  { resolveUseCase, ...dependencies }: MountDependencies,
) => {
  const useCase = route.useCase && resolveUseCase(route.useCase);
  const attempt = attemptOf(route, basePath, { ...dependencies, useCase });
  const respond = async (ctx: Context, authenticated?: AuthenticatedClient): Promise<void> =>
    attempt.send(ctx, await attempt.handle(ctx, authenticated, await attempt.read(ctx)));
  switch (route.authentication) {
    case "client-cached":
      return (ctx: Context): Promise<void> => client.handleCached(ctx, attempt);
    case "client":
      return async (ctx: Context): Promise<void> => {
        const authenticated = await client.authenticate(ctx);
        const { keyHint } = authenticated;
        ctx.state.actor = { type: "client", keyHint, requestId: ctx.state.requestId, address: ctx.ip };
        await respond(ctx, authenticated);
      };
    case "admin":
      return async (ctx: Context): Promise<void> => {
        await admin.authenticate(ctx);
        requireJsonAccepted(ctx);
        await respond(ctx);
      };
    case "none":
      return async (ctx: Context): Promise<void> => {
        anonymous.charge(ctx);
        await respond(ctx);
      };
    case "health-check":
      return async (ctx: Context): Promise<void> => {
        await anonymous.admitHealthCheck(ctx);
        await respond(ctx);
      };
    default:
      return route.authentication satisfies never;
  }
};

const rejectMethod =
  (allowed: readonly string[], anonymous: AnonymousLimit) =>
  (ctx: Context): void => {
    anonymous.charge(ctx);
    ctx.set("Allow", allowed.join(", "));
    if (ctx.method !== "OPTIONS") throw new Problem("method-not-allowed");
    ctx.status = 200;
    ctx.body = "";
  };

/** Another route's `{id}` would match this path too: `create` would be read as the id of a payment. */
const isShadowed = ({ path }: Route, routes: readonly Route[]): boolean =>
  !path.includes("{") &&
  routes.some(
    (other) => other.path.includes("{") && new RegExp(`^${other.path.replace(/{\w+}/g, "[^/]+")}$`).test(path),
  );

/** Routes match in their order, so a path without `{id}` comes before one that matches it too. */
export const mountRoutes = (
  routes: readonly Route[],
  basePath: string,
  authenticators: Authenticators,
  dependencies: MountDependencies,
): Router<RequestState> => {
  const router = createRouter(basePath);
  for (const route of routes) {
    const path = route.path.replace(/{(\w+)}/g, ":$1");
    router.register(path, [route.method], middlewareOf(route, basePath, authenticators, dependencies));
    if (isShadowed(route, routes)) {
      const allowed = routes.filter((other) => other.path === route.path).map(({ method }) => method as string);
      router.register(
        path,
        METHODS.filter((method) => !allowed.includes(method)),
        rejectMethod(allowed, authenticators.anonymous),
      );
    }
  }
  return router;
};
