import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { MeComponent } from "./client-schemas.ts";

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
