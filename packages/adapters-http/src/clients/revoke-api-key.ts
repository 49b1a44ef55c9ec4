import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID } from "./client-schemas.ts";

export const revokeApiKey = defineRoute({
  method: "DELETE",
  path: "/accounts/{id}/api-key",
  authentication: "admin",
  operationId: "revokeApiKey",
  sdkMethod: "apiKeys.revoke",
  tag: "Clients",
  summary: "Revoke the API key at once",
  request: { id: CLIENT_ID },
  response: { status: 204 },
  problems: ["client-not-found"],
  handler: async ({ state, id }, { revokeApiKey: useCase, audit }) => {
    await valueOrProblem(useCase.execute(id));
    await audit.changed(state, "api-key-revoked", id);
    return {};
  },
});
