import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID, ClientDetailsComponent, toClientDetailsJson } from "./client-schemas.ts";

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
