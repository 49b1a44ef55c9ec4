import { EndFormerApiKey, RevokeApiKey } from "@payments/domain";
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
  useCase: RevokeApiKey,
  handler: async ({ state, actor, id }, { useCase, audit }) => {
    await audit.changed(state, "api-key-revoked", id, await valueOrProblem(useCase.execute(id, actor)));
    return {};
  },
});

export const endFormerApiKey = defineRoute({
  method: "DELETE",
  path: "/accounts/{id}/former-api-key",
  authentication: "admin",
  operationId: "endFormerApiKey",
  sdkMethod: "apiKeys.endFormer",
  tag: "Clients",
  summary: "End the former API key at once",
  description: "Ends the overlap of a rotation. The current key keeps working. Without an overlap nothing changes.",
  request: { id: CLIENT_ID },
  response: { status: 204 },
  problems: ["client-not-found"],
  useCase: EndFormerApiKey,
  handler: async ({ state, actor, id }, { useCase, audit }) => {
    const ended = await valueOrProblem(useCase.execute(id, actor));
    if (ended.formerKeyHint !== null) await audit.changed(state, "former-api-key-ended", id, ended);
    return {};
  },
});
