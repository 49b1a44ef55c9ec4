import { parseDisputeId, toDisputeJson, toPageJson } from "@payments/domain";
import { component, object, pageOf, text, time } from "../openapi/component.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";

export const DisputeComponent = component(
  "Dispute",
  object("A payer's objection to a payment.", {
    id: text({
      description: "A TypeID with the prefix `dp`.",
      pattern: "^dp_[0-7][0-9a-hjkmnp-tv-z]{25}$",
      example: "dp_01kdy42agge009rf8bhszpmqa2",
    }),
    paymentId: text({ example: "pay_01kdy42agge009rf8bhszpmqa2" }),
    amount: { type: "integer", description: "In the currency's minor unit.", example: 1250 },
    currency: text({ pattern: "^[A-Z]{3}$", example: "EUR" }),
    status: { type: "string", enum: ["open", "won", "lost"], description: "`won`: you keep the money." },
    createdAt: { ...time, description: "When this service learned of the dispute." },
  }),
);

const DisputePageComponent = pageOf(DisputeComponent);

const listDisputes = defineRoute({
  method: "GET",
  path: "/disputes",
  authentication: "client",
  operationId: "listDisputes",
  sdkMethod: "disputes.list",
  tag: "Disputes",
  summary: "List your disputes",
  description: "Disputes are read-only. Answer them at the processor.",
  request: { page: parseDisputeId },
  response: { status: 200, body: DisputePageComponent },
  problems: ["invalid-request"],
  handler: async ({ client: { clientId }, page }, { disputes }) => ({
    body: toPageJson(await valueOrProblem(disputes.list(clientId, page)), toDisputeJson),
  }),
});

const readDispute = defineRoute({
  method: "GET",
  path: "/disputes/{id}",
  authentication: "client",
  operationId: "readDispute",
  sdkMethod: "disputes.retrieve",
  tag: "Disputes",
  summary: "Read a dispute",
  request: { id: { parse: parseDisputeId, absent: "dispute-not-found" } },
  response: { status: 200, body: DisputeComponent },
  problems: ["dispute-not-found"],
  handler: async ({ client: { clientId }, id }, { disputes }) => ({
    body: toDisputeJson(await valueOrProblem(disputes.find(clientId, id))),
  }),
});

export const disputeRoutes: readonly Route[] = [listDisputes, readDispute];
