import { CreateClient, MAXIMUM_IDEMPOTENCY_KEY_LENGTH } from "@payments/domain";
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
    "Only this response shows the key. If you received no response, repeat the request with the same `Idempotency-Key`: it never creates a second client. If the first request created the client, `apiKey` is then null, and `POST /accounts/{id}/api-key` issues a new key. Without an `Idempotency-Key`, a repeated request creates a second client. Several clients may have the same name or email, unless the table of an adopted database requires unique values.",
  request: {
    idempotencyKey: `A value that you choose for each client, such as a UUID. All admins share these keys, and they never expire. Up to ${MAXIMUM_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters, with or without double quotes around them.`,
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
    headers: {
      Location: "The path of the created resource.",
      "Idempotent-Replayed": "`true` if an earlier request created this client.",
    },
  },
  problems: ["client-already-exists", "idempotency-key-reused"],
  useCase: CreateClient,
  handler: async ({ state, actor, body, idempotencyKey }, { useCase, audit }) => {
    const { client, apiKey } = await valueOrProblem(useCase.execute({ ...body, idempotencyKey }, actor));
    if (apiKey !== null) await audit.changed(state, "client-created", client.id, { keyHint: apiKey.hint });
    const { id, name, email, mode, status, createdAt } = client;
    return {
      location: `/accounts/${id}`,
      headers: apiKey === null ? { "Idempotent-Replayed": "true" } : undefined,
      body: { id, name, email, mode, status, apiKey: apiKey?.reveal() ?? null, createdAt: createdAt.toISOString() },
    };
  },
});
