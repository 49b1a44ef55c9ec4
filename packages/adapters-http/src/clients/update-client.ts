import { type ClientChanges, UpdateClient } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID, ClientComponent, toClientJson, UpdateClientRequest } from "./client-schemas.ts";

export const updateClient = defineRoute({
  method: "PATCH",
  path: "/accounts/{id}",
  authentication: "admin",
  operationId: "updateClient",
  sdkMethod: "clients.update",
  tag: "Clients",
  summary: "Change name, email or status",
  description: "The keys of an inactive client are rejected before the response is sent.",
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
  handler: async ({ state, id, body: { name, email, status } }, { useCase, audit }) => {
    const changes: ClientChanges = {
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      ...(status !== undefined && { status }),
    };
    const client = await valueOrProblem(useCase.execute(id, changes));
    await audit.changed(state, "client-updated", client.id, {
      keyHint: client.keyHint,
      fields: Object.keys(changes),
      status: client.status,
    });
    return { body: toClientJson(client) };
  },
});
