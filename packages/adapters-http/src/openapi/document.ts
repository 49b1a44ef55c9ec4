import { DEFAULT_PAGE_LIMIT, MAXIMUM_IDEMPOTENCY_KEY_LENGTH, MAXIMUM_PAGE_LIMIT } from "@payments/domain";
import { withCodeSamples } from "./code-samples/with-code-samples.ts";
import { operation } from "./operation.ts";
import { schemas } from "./schemas.ts";

const id = { name: "id", in: "path", required: true, schema: { type: "string" } };
const page = [
  {
    name: "limit",
    in: "query",
    schema: { type: "integer", minimum: 1, maximum: MAXIMUM_PAGE_LIMIT, default: DEFAULT_PAGE_LIMIT },
  },
  { name: "after", in: "query", schema: { type: "string" }, description: "`next` of an earlier page." },
  { name: "before", in: "query", schema: { type: "string" }, description: "`previous` of an earlier page." },
];
const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  schema: { type: "string", minLength: 1, maxLength: MAXIMUM_IDEMPOTENCY_KEY_LENGTH + 2 },
  description: `Chosen by you, new for each payment, such as a UUID: a request that is repeated with it makes no second payment. Up to ${MAXIMUM_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters, and two more where it stands in quotes.`,
};

const admin = { tag: "Clients", security: "adminToken" } as const;
const client = { tag: "Payments", security: "apiKey" } as const;
const anyone = { tag: "Operations", security: "none" } as const;
const location = { Location: "The path of what was created." };

const paths = withCodeSamples({
  "/accounts": {
    post: operation({
      ...admin,
      id: "createClient",
      summary: "Create a client and its API key",
      description:
        "The answer is the one place where the key is ever shown. Sent twice, it creates two clients: where no answer arrived, look at the first page of `GET /accounts` before you send it again. If the client is there, `POST /accounts/{id}/api-key` gives it a key that you know. The service itself lets several clients have one name or email; 409 comes only from a table that was adopted with a rule of its own, such as a unique email.",
      request: {
        schema: "CreateClientRequest",
        required: true,
        example: { name: "Acme", email: "ops@acme.example" },
      },
      success: { status: 201, schema: "CreatedClient", headers: location },
      problems: ["client-already-exists"],
    }),
    get: operation({
      ...admin,
      id: "listClients",
      summary: "List clients",
      parameters: page,
      success: { status: 200, schema: "ClientPage" },
      problems: ["invalid-request"],
    }),
  },
  "/accounts/{id}": {
    get: operation({
      ...admin,
      id: "readClient",
      summary: "Read a client",
      description: "Also says when its keys were last used: a rotation is finished once the former key is not.",
      parameters: [id],
      success: { status: 200, schema: "ClientDetails" },
      problems: ["client-not-found"],
    }),
    patch: operation({
      ...admin,
      id: "updateClient",
      summary: "Change name, email or status",
      description: "A client made inactive is locked out before the answer is sent.",
      parameters: [id],
      request: { schema: "UpdateClientRequest", required: true, example: { name: "Acme & Sons" } },
      success: { status: 200, schema: "Client" },
      problems: ["client-not-found", "client-already-exists"],
    }),
  },
  "/accounts/{id}/api-key": {
    post: operation({
      ...admin,
      id: "rotateApiKey",
      summary: "Issue or rotate the API key",
      description: "The former key works on for `overlapSeconds`, by default not at all.",
      parameters: [id],
      request: { schema: "RotateApiKeyRequest", required: false, example: { overlapSeconds: 3600 } },
      success: { status: 201, schema: "RotatedApiKey" },
      problems: ["client-not-found"],
    }),
    delete: operation({
      ...admin,
      id: "revokeApiKey",
      summary: "Revoke the API key at once",
      parameters: [id],
      success: { status: 204 },
      problems: ["client-not-found"],
    }),
  },
  "/accounts/{id}/payments": {
    get: operation({
      ...admin,
      id: "listClientPayments",
      summary: "List a client's payments",
      parameters: [id, ...page],
      success: { status: 200, schema: "PaymentPage" },
      problems: ["invalid-request", "client-not-found"],
    }),
  },
  "/payments/create": {
    post: operation({
      ...client,
      id: "createPayment",
      summary: "Create a payment",
      description: "It belongs to the client whose key is sent, whatever the body says.",
      parameters: [idempotencyKey],
      request: {
        schema: "CreatePaymentRequest",
        required: true,
        example: { amount: 1250, currency: "EUR", description: "Invoice 42" },
      },
      success: {
        status: 201,
        schema: "Payment",
        headers: { ...location, "Idempotent-Replayed": "`true` where an earlier request made this payment." },
      },
      problems: ["idempotency-key-reused"],
    }),
  },
  "/payments": {
    get: operation({
      ...client,
      id: "listPayments",
      summary: "List your payments",
      parameters: page,
      success: { status: 200, schema: "PaymentPage" },
      problems: ["invalid-request"],
    }),
  },
  "/payments/{id}": {
    get: operation({
      ...client,
      id: "readPayment",
      summary: "Read one of your payments",
      parameters: [id],
      success: { status: 200, schema: "Payment" },
      problems: ["payment-not-found"],
    }),
  },
  "/me": {
    get: operation({ ...client, id: "readMe", summary: "Who this key is", success: { status: 200, schema: "Me" } }),
  },
  "/livez": {
    get: operation({
      ...anyone,
      id: "livez",
      summary: "Whether the process is alive",
      success: { status: 200, schema: "Health" },
    }),
  },
  "/readyz": {
    get: operation({
      ...anyone,
      id: "readyz",
      summary: "Whether the database is reachable and migrated",
      success: { status: 200, schema: "Health" },
    }),
  },
});

/** The API as an OpenAPI 3.1 document. */
export const openApiDocument = (basePath: string) => ({
  openapi: "3.1.1",
  info: {
    title: "Payments API",
    version: "0.1.0",
    description: "Payments of many clients, each bound to the client whose API key created it.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: basePath === "" ? "/" : basePath }],
  tags: [{ name: "Clients" }, { name: "Payments" }, { name: "Operations" }],
  paths,
  components: {
    schemas,
    securitySchemes: {
      apiKey: {
        type: "apiKey",
        in: "header",
        name: "x-api-key",
        description: "The API key of a client. It creates and reads payments of that client alone.",
      },
      adminToken: {
        type: "http",
        scheme: "bearer",
        bearerFormat: "JWT",
        description: "A token whose claim `role` is `admin`. It manages clients and their keys.",
      },
    },
  },
});
