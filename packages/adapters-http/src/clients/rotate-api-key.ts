import { RotateApiKey } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID, RotateApiKeyRequest, RotatedApiKeyComponent } from "./client-schemas.ts";

export const rotateApiKey = defineRoute({
  method: "POST",
  path: "/accounts/{id}/api-key",
  authentication: "admin",
  operationId: "rotateApiKey",
  sdkMethod: "apiKeys.rotate",
  tag: "Clients",
  summary: "Issue or rotate the API key",
  description:
    "The former key keeps working for `overlapSeconds`. Without an overlap it ends at once. While an overlap runs, " +
    "another rotation is rejected unless `endFormerKey` is true, which ends the former key of that overlap.",
  request: {
    id: CLIENT_ID,
    body: {
      name: "RotateApiKeyRequest",
      schema: RotateApiKeyRequest,
      required: false,
      example: { overlapSeconds: 3600 },
    },
  },
  response: { status: 201, body: RotatedApiKeyComponent },
  problems: ["client-not-found", "overlap-in-progress"],
  useCase: RotateApiKey,
  handler: async ({ state, actor, id, body }, { useCase, audit }) => {
    const { apiKey, overlapEndsAt } = await valueOrProblem(useCase.execute(id, body, actor));
    await audit.changed(state, "api-key-rotated", id, { keyHint: apiKey.hint, overlapEndsAt });
    return {
      body: {
        apiKey: apiKey.reveal(),
        keyHint: apiKey.hint,
        overlapEndsAt: overlapEndsAt?.toISOString() ?? null,
      },
    };
  },
});
