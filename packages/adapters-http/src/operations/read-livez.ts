import { component, object } from "../openapi/component.ts";
import { defineRoute } from "../routing/route.ts";

export const HealthComponent = component(
  "Health",
  object("The state of the process.", { status: { type: "string", enum: ["ok", "ready"] } }),
);

/** Independent of the database. */
export const readLivez = defineRoute({
  method: "GET",
  path: "/livez",
  authentication: "none",
  operationId: "livez",
  tag: "Operations",
  summary: "Check that the process is alive",
  response: { status: 200, body: HealthComponent },
  handler: async () => ({ body: { status: "ok" } }),
});
