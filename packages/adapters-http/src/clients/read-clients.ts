import { parseClientId, toClientDetailsJson, toClientJson, toPageJson } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID, ClientDetailsComponent, ClientPageComponent, MeComponent } from "./client-schemas.ts";

export const listClients = defineRoute({
  method: "GET",
  path: "/accounts",
  authentication: "admin",
  operationId: "listClients",
  sdkMethod: "clients.list",
  tag: "Clients",
  summary: "List clients",
  request: { page: parseClientId },
  response: { status: 200, body: ClientPageComponent },
  problems: ["invalid-request"],
  handler: async ({ page }, { clients }) => ({
    body: toPageJson(await valueOrProblem(clients.list(page)), toClientJson),
  }),
});

export const readClient = defineRoute({
  method: "GET",
  path: "/accounts/{id}",
  authentication: "admin",
  operationId: "readClient",
  sdkMethod: "clients.retrieve",
  tag: "Clients",
  summary: "Read a client",
  description: "Also shows the last use of its keys. A rotation is complete when the former key is no longer used.",
  request: { id: CLIENT_ID },
  response: { status: 200, body: ClientDetailsComponent },
  problems: ["client-not-found"],
  handler: async ({ id }, { clients, apiKeyUsage }) => {
    const client = await valueOrProblem(clients.find(id));
    return { body: toClientDetailsJson(client, await valueOrProblem(apiKeyUsage.find(client.id))) };
  },
});

export const readMe = defineRoute({
  method: "GET",
  path: "/me",
  authentication: "client",
  operationId: "readMe",
  sdkMethod: "me",
  tag: "Payments",
  summary: "Read the client of the API key",
  response: { status: 200, body: MeComponent },
  handler: async ({ client: { clientId, keyHint, overlapEndsAt } }, { clients }) => {
    const { name } = await valueOrProblem(clients.find(clientId));
    return { body: { clientId, name, keyHint, overlapEndsAt: overlapEndsAt?.toISOString() ?? null } };
  },
});
