import { type ClientChanges, toClientJson, UpdateClient } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID, ClientComponent, UpdateClientRequest } from "./client-schemas.ts";

export const updateClient = defineRoute({
  method: "PATCH",
  path: "/accounts/{id}",
  authentication: "admin",
  operationId: "updateClient",
  sdkMethod: "clients.update",
  tag: "Clients",
  summary: "Change name, email, status or fee",
  description:
    "The keys of an inactive client are rejected before the response is sent. A fee applies to new payments: at once in the process that sends this response, and within ten minutes in all others. A stored payment keeps its fee.",
  request: {
    id: CLIENT_ID,
    body: {
      name: "UpdateClientRequest",
      schema: UpdateClientRequest,
      required: true,
      example: { name: "Acme & Sons" },
    },
  },
  response: { status: 200, body: ClientComponent },
  problems: ["client-not-found", "client-already-exists"],
  useCase: UpdateClient,
  handler: async ({ state, actor, id, body: { name, email, status, fee } }, { useCase, audit, cachedApiKeys }) => {
    const changes: ClientChanges = {
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      ...(status !== undefined && { status }),
      ...(fee !== undefined && { fee }),
    };
    const client = await valueOrProblem(useCase.execute(id, changes, actor));
    if (fee !== undefined) cachedApiKeys.forget(client.id);
    await audit.changed(state, "client-updated", client.id, {
      keyHint: client.keyHint,
      fields: Object.keys(changes),
      status: client.status,
    });
    return { body: toClientJson(client) };
  },
});
