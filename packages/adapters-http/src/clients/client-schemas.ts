import {
  MAXIMUM_EMAIL_LENGTH,
  MAXIMUM_NAME_LENGTH,
  MAXIMUM_OVERLAP_SECONDS,
  type OverlapSeconds,
  parseClientName,
  parseEmailAddress,
  parseOverlapSeconds,
} from "@payments/domain";
import { z } from "zod";
import { parsedBy } from "../routing/validate.ts";

const name = parsedBy(
  z.string().meta({ minLength: 1, maxLength: MAXIMUM_NAME_LENGTH, example: "Acme" }),
  parseClientName,
);
const email = parsedBy(
  z.string().meta({ format: "email", maxLength: MAXIMUM_EMAIL_LENGTH, example: "ops@acme.example" }),
  parseEmailAddress,
);

export const CreateClientRequest = z.strictObject({ name, email });

export const UpdateClientRequest = z
  .strictObject({
    name: name.optional(),
    email: email.optional(),
    status: z.enum(["active", "inactive"], "must be active or inactive").optional(),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), "must have a field to change")
  .meta({ minProperties: 1 });

export const RotateApiKeyRequest = z.strictObject({
  overlapSeconds: parsedBy(
    z.number().meta({
      type: "integer",
      minimum: 0,
      maximum: MAXIMUM_OVERLAP_SECONDS,
      description: "How long the former key keeps working, in seconds.",
    }),
    parseOverlapSeconds,
  ).default(0 as OverlapSeconds),
});
