import { z } from "zod";
import { auditRoutes } from "../audit/audit-routes.ts";
import { clientRoutes } from "../clients/client-routes.ts";
import { disputeRoutes } from "../disputes/dispute-routes.ts";
import { eventRoutes } from "../events/event-routes.ts";
import { operationsRoutes } from "../operations/operations-routes.ts";
import { paymentRoutes } from "../payments/payment-routes.ts";
import { PROBLEMS } from "../problem/problem.ts";
import { receiptRoutes } from "../receipts/receipt-routes.ts";
import { refundRoutes } from "../refunds/refund-routes.ts";
import type { Route } from "../routing/route.ts";
import { webhookEndpointRoutes } from "../webhook-endpoints/webhook-endpoint-routes.ts";
import { type Component, component, text } from "./component.ts";
import { guides } from "./guides.ts";
import { type Operation, operationOf } from "./operation.ts";
import { problemExamples } from "./problem-examples.ts";

const problem = component("Problem", {
  type: "object",
  description: "A problem of RFC 9457.",
  properties: {
    type: text({ format: "uri-reference" }),
    title: text(),
    status: { type: "integer" },
    detail: text({ description: "What is wrong and what to do." }),
    code: { type: "string", enum: Object.keys(PROBLEMS), description: "Stable. Programs compare this field." },
    requestId: text({ description: "Give this id to the operator." }),
    errors: {
      type: "array",
      description: "All faults of the request.",
      items: {
        type: "object",
        properties: {
          pointer: text({ description: "A place in the body (RFC 6901)." }),
          header: text(),
          parameter: text(),
          detail: text(),
        },
        required: ["detail"],
        additionalProperties: false,
      },
    },
  },
  required: ["type", "title", "status", "detail", "code", "requestId"],
  additionalProperties: false,
});

const requestSchema = (schema: z.ZodType): object => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" });
  return rest;
};

const componentsOf = ({ request, response }: Route): Component[] => {
  const withUses = (used: Component): Component[] => [...used.uses.flatMap(withUses), used];
  return [
    ...(request?.body ? [component(request.body.name, requestSchema(request.body.schema))] : []),
    ...(response.body ? withUses(response.body) : []),
  ];
};

const pathsOf = (routes: readonly Route[]): Readonly<Record<string, Readonly<Record<string, Operation>>>> => {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    Object.assign(paths[route.path] as object, { [route.method.toLowerCase()]: operationOf(route) });
  }
  return paths;
};

/** The API as an OpenAPI 3.1 document. */
export const openApiDocument = (basePath: string) => {
  const routes = [
    ...clientRoutes,
    ...auditRoutes,
    ...paymentRoutes,
    ...refundRoutes,
    ...disputeRoutes,
    ...eventRoutes,
    ...webhookEndpointRoutes,
    ...receiptRoutes,
    ...operationsRoutes,
  ];
  const components = [...routes.flatMap(componentsOf), problem];
  return {
    openapi: "3.1.1",
    info: {
      title: "Payments API",
      version: "0.1.0",
      summary: "Payments of many clients. Each payment belongs to the client whose API key created it.",
      description: guides(basePath),
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: basePath === "" ? "/" : basePath }],
    tags: [
      { name: "Clients" },
      { name: "Audit events" },
      { name: "Payments" },
      { name: "Refunds" },
      { name: "Disputes" },
      { name: "Events" },
      { name: "Webhook endpoints" },
      { name: "Receipts" },
      { name: "Operations" },
    ],
    paths: pathsOf(routes),
    components: {
      schemas: Object.fromEntries(components.map(({ name, schema }) => [name, schema])),
      examples: problemExamples(basePath),
      securitySchemes: {
        apiKey: {
          type: "apiKey",
          in: "header",
          name: "x-api-key",
          description: "The API key of a client. It creates and reads the payments of that client only.",
        },
        adminToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "A token whose claim `role` is `admin`. It manages clients and their keys.",
        },
      },
    },
  };
};
