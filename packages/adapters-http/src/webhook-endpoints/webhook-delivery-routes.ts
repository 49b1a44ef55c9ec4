import { ManageWebhookEndpoints, parseWebhookDeliveryId, toPageJson, toWebhookDeliveryJson } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";
import {
  ENDPOINT_ID,
  ReplayRequest,
  WebhookDeliveryComponent,
  WebhookDeliveryPageComponent,
} from "./webhook-endpoint-schemas.ts";

const TAG = "Webhook endpoints";

const testWebhookEndpoint = defineRoute({
  method: "POST",
  path: "/webhook-endpoints/{id}/test",
  authentication: "client",
  operationId: "testWebhookEndpoint",
  sdkMethod: "webhookEndpoints.test",
  tag: TAG,
  summary: "Send a test event",
  description:
    "Sends an event of type `webhook_endpoint.test` to this endpoint, whatever its types are. The deliveries show the response.",
  request: { id: ENDPOINT_ID },
  response: { status: 201, body: WebhookDeliveryComponent },
  problems: ["webhook-endpoint-not-found"],
  useCase: ManageWebhookEndpoints,
  handler: async ({ client: { clientId, mode }, id }, { useCase, webhooks }) => {
    const delivery = await valueOrProblem(useCase.test(clientId, id, mode));
    webhooks.wake();
    return { body: toWebhookDeliveryJson(delivery) };
  },
});

const listWebhookDeliveries = defineRoute({
  method: "GET",
  path: "/webhook-endpoints/{id}/deliveries",
  authentication: "client",
  operationId: "listWebhookDeliveries",
  sdkMethod: "webhookEndpoints.listDeliveries",
  tag: TAG,
  summary: "List what was sent to a webhook endpoint, and the responses",
  request: { id: ENDPOINT_ID, page: parseWebhookDeliveryId },
  response: { status: 200, body: WebhookDeliveryPageComponent },
  problems: ["invalid-request", "webhook-endpoint-not-found"],
  handler: async ({ client: { clientId }, id, page }, { webhooks: { endpoints, deliveries } }) => {
    await valueOrProblem(endpoints.find(clientId, id));
    return { body: toPageJson(await valueOrProblem(deliveries.list(clientId, id, page)), toWebhookDeliveryJson) };
  },
});

const resendWebhookDelivery = defineRoute({
  method: "POST",
  path: "/webhook-endpoints/{id}/deliveries/{deliveryId}/resend",
  authentication: "client",
  operationId: "resendWebhookDelivery",
  sdkMethod: "webhookEndpoints.resendDelivery",
  tag: TAG,
  summary: "Send a delivery again",
  description: "Sends it now, with the same `webhook-id`, and repeats a failed attempt as for a new event.",
  request: {
    id: ENDPOINT_ID,
    child: { parameter: "deliveryId", parse: parseWebhookDeliveryId, absent: "webhook-delivery-not-found" },
  },
  response: { status: 200, body: WebhookDeliveryComponent },
  problems: ["webhook-endpoint-not-found", "webhook-delivery-not-found"],
  handler: async ({ client: { clientId }, id, childId }, { webhooks }) => {
    await valueOrProblem(webhooks.endpoints.find(clientId, id));
    const delivery = await valueOrProblem(webhooks.deliveries.resend(clientId, id, childId));
    webhooks.wake();
    return { body: toWebhookDeliveryJson(delivery) };
  },
});

const replayWebhookEvents = defineRoute({
  method: "POST",
  path: "/webhook-endpoints/{id}/replay",
  authentication: "client",
  operationId: "replayWebhookEvents",
  sdkMethod: "webhookEndpoints.replay",
  tag: TAG,
  summary: "Send the events since a time again",
  description:
    "Sends every event of the endpoint's types from `since` on again. New events do not wait for them. A second replay replaces one that is not finished.",
  request: {
    id: ENDPOINT_ID,
    body: {
      name: "ReplayRequest",
      schema: ReplayRequest,
      required: true,
      example: { since: "2026-01-02T03:04:05Z" },
    },
  },
  response: { status: 204 },
  problems: ["webhook-endpoint-not-found"],
  useCase: ManageWebhookEndpoints,
  handler: async ({ client: { clientId }, id, body }, { useCase, webhooks }) => {
    await valueOrProblem(useCase.replay(clientId, id, body.since));
    webhooks.wake();
    return {};
  },
});

export const webhookDeliveryRoutes: readonly Route[] = [
  testWebhookEndpoint,
  listWebhookDeliveries,
  resendWebhookDelivery,
  replayWebhookEvents,
];
