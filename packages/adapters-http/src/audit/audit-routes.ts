import { AUDIT_EVENT_TYPES, parseAuditEventId, toAuditEventJson, toPageJson } from "@payments/domain";
import { CLIENT_ID, clientId } from "../clients/client-schemas.ts";
import { component, nullable, object, pageOf, text, time } from "../openapi/component.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";

const requestId = text({ description: "The request that made the change." });
const address = text({ example: "192.0.2.1" });

const actor = {
  oneOf: [
    object("An admin.", {
      type: { const: "admin" },
      subject: { ...nullable(text({ example: "ada" })), description: "The subject of the admin's token." },
      requestId,
      address,
    }),
    object("A client.", { type: { const: "client" }, keyHint: text(), requestId, address }),
    object("An operator, with a command.", {
      type: { const: "operator" },
      user: { ...nullable(text()), description: "The operating system's user." },
      host: text(),
    }),
    object("The service itself.", { type: { const: "service" } }),
  ],
  description: "Who made the change.",
};

const AuditEventComponent = component(
  "AuditEvent",
  object("A change to a client or to something that belongs to it. It is stored with the change and kept forever.", {
    id: text({ description: "A TypeID with the prefix `aud`.", example: "aud_01kdy3x3r0e008002z5ae4t7kb" }),
    clientId,
    sequence: { type: "integer", minimum: 1, description: "Counts the client's audit events without gaps." },
    type: { type: "string", enum: AUDIT_EVENT_TYPES },
    actor,
    details: { type: "object", description: "What changed. The fields depend on the type." },
    createdAt: time,
    hash: text({ description: "SHA-256 over this event and the hash of the client's previous one, in hexadecimal." }),
  }),
);

const AuditEventPageComponent = pageOf(AuditEventComponent);

const listAuditEvents = defineRoute({
  method: "GET",
  path: "/audit-events",
  authentication: "admin",
  operationId: "listAuditEvents",
  sdkMethod: "auditEvents.list",
  tag: "Audit events",
  summary: "List the audit events of all clients",
  request: { page: parseAuditEventId },
  response: { status: 200, body: AuditEventPageComponent },
  problems: ["invalid-request"],
  handler: async ({ page }, { auditLog }) => ({
    body: toPageJson(await valueOrProblem(auditLog.list(page)), toAuditEventJson),
  }),
});

const listClientAuditEvents = defineRoute({
  method: "GET",
  path: "/accounts/{id}/audit-events",
  authentication: "admin",
  operationId: "listClientAuditEvents",
  sdkMethod: "clients.listAuditEvents",
  tag: "Audit events",
  summary: "List a client's audit events",
  request: { id: CLIENT_ID, page: parseAuditEventId },
  response: { status: 200, body: AuditEventPageComponent },
  problems: ["invalid-request", "client-not-found"],
  handler: async ({ id, page }, { clients, auditLog }) => {
    await valueOrProblem(clients.find(id));
    return { body: toPageJson(await valueOrProblem(auditLog.listByClient(id, page)), toAuditEventJson) };
  },
});

export const auditRoutes: readonly Route[] = [listAuditEvents, listClientAuditEvents];
