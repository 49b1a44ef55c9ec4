import {
  type DisabledReason,
  ManageWebhookEndpoints,
  pageWithin,
  parseWebhookEndpointId,
  toPageJson,
  toWebhookEndpointJson,
} from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";
import { webhookDeliveryRoutes } from "./webhook-delivery-routes.ts";
import {
  CreateWebhookEndpointRequest,
  ENDPOINT_ID,
  RotateWebhookSecretRequest,
  UpdateWebhookEndpointRequest,
  WebhookEndpointComponent,
  WebhookEndpointPageComponent,
  WebhookEndpointWithSecretComponent,
} from "./webhook-endpoint-schemas.ts";

const TAG = "Webhook endpoints";
const NO_STORE = { "Cache-Control": "no-store" };
const NO_STORE_HEADER = { "Cache-Control": "`no-store`: the secret is shown once." };

const createWebhookEndpoint = defineRoute({
  method: "POST",
  path: "/webhook-endpoints",
  authentication: "client",
  operationId: "createWebhookEndpoint",
  sdkMethod: "webhookEndpoints.create",
  tag: TAG,
  summary: "Register a URL that receives your events",
  description:
    "The URL receives every event from now on, signed as Standard Webhooks defines. A client has at most 16 endpoints.",
  request: {
    body: {
      name: "CreateWebhookEndpointRequest",
      schema: CreateWebhookEndpointRequest,
      required: true,
      example: { url: "https://example.com/webhooks", description: "Order system" },
    },
  },
  response: {
    status: 201,
    body: WebhookEndpointWithSecretComponent,
    headers: { Location: "The path of the created resource.", ...NO_STORE_HEADER },
  },
  problems: ["webhook-endpoint-limit-reached", "encryption-not-configured"],
  useCase: ManageWebhookEndpoints,
  handler: async ({ client: { clientId }, actor, body }, { useCase }) => {
    const { endpoint, secret } = await valueOrProblem(useCase.create(clientId, body, actor));
    return {
      location: `/webhook-endpoints/${endpoint.id}`,
      headers: NO_STORE,
      body: { ...toWebhookEndpointJson(endpoint), secret },
    };
  },
});

const listWebhookEndpoints = defineRoute({
  method: "GET",
  path: "/webhook-endpoints",
  authentication: "client",
  operationId: "listWebhookEndpoints",
  sdkMethod: "webhookEndpoints.list",
  tag: TAG,
  summary: "List your webhook endpoints",
  request: { page: parseWebhookEndpointId },
  response: { status: 200, body: WebhookEndpointPageComponent },
  problems: ["invalid-request"],
  handler: async ({ client: { clientId }, page }, { webhooks: { endpoints } }) => {
    const all = await valueOrProblem(endpoints.list(clientId));
    return { body: toPageJson(pageWithin(all, page), toWebhookEndpointJson) };
  },
});

const readWebhookEndpoint = defineRoute({
  method: "GET",
  path: "/webhook-endpoints/{id}",
  authentication: "client",
  operationId: "readWebhookEndpoint",
  sdkMethod: "webhookEndpoints.retrieve",
  tag: TAG,
  summary: "Read a webhook endpoint",
  request: { id: ENDPOINT_ID },
  response: { status: 200, body: WebhookEndpointComponent },
  problems: ["webhook-endpoint-not-found"],
  handler: async ({ client: { clientId }, id }, { webhooks: { endpoints } }) => ({
    body: toWebhookEndpointJson(await valueOrProblem(endpoints.find(clientId, id))),
  }),
});

const reasonOf = (status: "enabled" | "disabled" | undefined): { disabledReason?: DisabledReason | null } => {
  if (status === undefined) return {};
  return { disabledReason: status === "enabled" ? null : "client" };
};

const updateWebhookEndpoint = defineRoute({
  method: "PATCH",
  path: "/webhook-endpoints/{id}",
  authentication: "client",
  operationId: "updateWebhookEndpoint",
  sdkMethod: "webhookEndpoints.update",
  tag: TAG,
  summary: "Change, disable or enable a webhook endpoint",
  description:
    "An endpoint that is enabled again receives the kept events that it missed. For up to 10 seconds after a change, the service may send events as before.",
  request: {
    id: ENDPOINT_ID,
    body: {
      name: "UpdateWebhookEndpointRequest",
      schema: UpdateWebhookEndpointRequest,
      required: true,
      example: { status: "enabled" },
    },
  },
  response: { status: 200, body: WebhookEndpointComponent },
  problems: ["webhook-endpoint-not-found"],
  useCase: ManageWebhookEndpoints,
  handler: async ({ client: { clientId }, actor, id, body }, { useCase, webhooks }) => {
    const { status, eventTypes, description, url } = body;
    const changes = {
      ...(eventTypes !== undefined && { eventTypes }),
      ...(description !== undefined && { description }),
      ...reasonOf(status),
    };
    const endpoint = await valueOrProblem(
      useCase.update(clientId, id, { ...changes, ...(url !== undefined && { url }) }, actor),
    );
    webhooks.wake();
    return { body: toWebhookEndpointJson(endpoint) };
  },
});

const deleteWebhookEndpoint = defineRoute({
  method: "DELETE",
  path: "/webhook-endpoints/{id}",
  authentication: "client",
  operationId: "deleteWebhookEndpoint",
  sdkMethod: "webhookEndpoints.delete",
  tag: TAG,
  summary: "Delete a webhook endpoint",
  description: "Deliveries that are pending end. The service may still send events for up to 10 seconds.",
  request: { id: ENDPOINT_ID },
  response: { status: 204 },
  problems: ["webhook-endpoint-not-found"],
  handler: async ({ client: { clientId }, actor, id }, { webhooks: { endpoints } }) => {
    await valueOrProblem(endpoints.delete(clientId, id, actor));
    return {};
  },
});

const rotateWebhookSecret = defineRoute({
  method: "POST",
  path: "/webhook-endpoints/{id}/rotate-secret",
  authentication: "client",
  operationId: "rotateWebhookSecret",
  sdkMethod: "webhookEndpoints.rotateSecret",
  tag: TAG,
  summary: "Replace the secret of a webhook endpoint",
  description:
    "For `overlapSeconds`, both secrets sign. Without an overlap, the former secret ends. The service may still sign with the former secret alone for up to 10 seconds. A rotation during an overlap ends the former secret of that overlap.",
  request: {
    id: ENDPOINT_ID,
    body: {
      name: "RotateWebhookSecretRequest",
      schema: RotateWebhookSecretRequest,
      required: false,
      example: { overlapSeconds: 3600 },
    },
  },
  response: { status: 200, body: WebhookEndpointWithSecretComponent, headers: NO_STORE_HEADER },
  problems: ["webhook-endpoint-not-found", "encryption-not-configured"],
  useCase: ManageWebhookEndpoints,
  handler: async ({ client: { clientId }, actor, id, body }, { useCase }) => {
    const { endpoint, secret } = await valueOrProblem(useCase.rotateSecret(clientId, id, body.overlapSeconds, actor));
    return { headers: NO_STORE, body: { ...toWebhookEndpointJson(endpoint), secret } };
  },
});

export const webhookEndpointRoutes: readonly Route[] = [
  createWebhookEndpoint,
  listWebhookEndpoints,
  readWebhookEndpoint,
  updateWebhookEndpoint,
  deleteWebhookEndpoint,
  rotateWebhookSecret,
  ...webhookDeliveryRoutes,
];
