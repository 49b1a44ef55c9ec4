import { CreateClient } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CreateClientRequest, CreatedClientComponent } from "./client-schemas.ts";

export const createClient = defineRoute({
  method: "POST",
  path: "/accounts",
  authentication: "admin",
  operationId: "createClient",
  sdkMethod: "clients.create",
  tag: "Clients",
  summary: "Create a client and its API key",
  description:
    "Only this response shows the key. A repeated request creates a second client. If you received no response, look for the client on the first page of `GET /accounts`. If it exists, `POST /accounts/{id}/api-key` gives it a new key. Several clients may have the same name or email, unless the table of an adopted database requires unique values.",
  request: {
    body: {
      name: "CreateClientRequest",
      schema: CreateClientRequest,
      required: true,
      example: { name: "Acme", email: "ops@acme.example", mode: "test" },
    },
  },
  response: {
    status: 201,
    body: CreatedClientComponent,
    headers: { Location: "The path of the created resource." },
  },
  problems: ["client-already-exists"],
  useCase: CreateClient,
  handler: async ({ state, body }, { useCase, audit }) => {
    const { client, apiKey } = await valueOrProblem(useCase.execute(body));
    await audit.changed(state, "client-created", client.id, { keyHint: apiKey.hint });
    const { id, name, email, mode, status, createdAt } = client;
    return {
      location: `/accounts/${id}`,
      body: { id, name, email, mode, status, apiKey: apiKey.reveal(), createdAt: createdAt.toISOString() },
    };
  },
});
