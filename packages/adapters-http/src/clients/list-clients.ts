import { parseClientId } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { toPageJson } from "../routing/page-request.ts";
import { defineRoute } from "../routing/route.ts";
import { ClientPageComponent, toClientJson } from "./client-schemas.ts";

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
