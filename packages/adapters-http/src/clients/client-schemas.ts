import {
  MAXIMUM_AMOUNT,
  MAXIMUM_EMAIL_LENGTH,
  MAXIMUM_FEE_BASIS_POINTS,
  MAXIMUM_NAME_LENGTH,
  MAXIMUM_OVERLAP_SECONDS,
  type OverlapSeconds,
  parseClientId,
  parseClientName,
  parseEmailAddress,
  parseFeeRule,
  parseOverlapSeconds,
} from "@payments/domain";
import { z } from "zod";
import { component, nullable, object, pageOf, text, time } from "../openapi/component.ts";
import { parsedBy } from "../routing/validate.ts";

/** The path's `{id}`. */
export const CLIENT_ID = { parse: parseClientId, absent: "client-not-found" } as const;

const name = parsedBy(
  z.string().meta({ minLength: 1, maxLength: MAXIMUM_NAME_LENGTH, example: "Acme" }),
  parseClientName,
);
const email = parsedBy(
  z.string().meta({ format: "email", maxLength: MAXIMUM_EMAIL_LENGTH, example: "ops@acme.example" }),
  parseEmailAddress,
);

export const CreateClientRequest = z.strictObject({
  name,
  email,
  mode: z
    .enum(["live", "test"], "must be live or test")
    .meta({ description: "Which payments the client creates. It never changes. Default: live." })
    .default("live"),
});

const fee = parsedBy(
  z
    .strictObject({
      basisPoints: z.number().meta({
        type: "integer",
        minimum: 0,
        maximum: MAXIMUM_FEE_BASIS_POINTS,
        description: "A share of the amount, in hundredths of a percent.",
        example: 250,
      }),
      fixed: z.number().meta({
        type: "integer",
        minimum: 0,
        maximum: MAXIMUM_AMOUNT,
        description: "In the minor unit of each payment's currency.",
        example: 30,
      }),
    })
    .meta({ description: "The platform's fee on the payments that the client creates from now on." }),
  parseFeeRule,
);

export const UpdateClientRequest = z
  .strictObject({
    name: name.optional(),
    email: email.optional(),
    status: z.enum(["active", "inactive"], "must be active or inactive").optional(),
    fee: fee.optional(),
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
  endFormerKey: z
    .boolean()
    .default(false)
    .meta({ description: "Whether the rotation may end the former key of a running overlap." }),
});

export const clientId = text({
  description: "A TypeID with the prefix `cli`. A client adopted from an older table keeps its id.",
  maxLength: 255,
  example: "cli_01kdy3x3r0e008002z5ae4t7kb",
});
const clientName = text({ example: "Acme" });
const clientEmail = text({ example: "ops@acme.example" });
const apiKey = text({ example: "pak_live_…", description: "The secret. Only this response shows it." });
const keyHint = text({ example: "pak_live_...1a2B", description: "Identifies a key. It cannot be used as one." });
export const mode = {
  type: "string",
  enum: ["live", "test"],
  description: "A test client's payments use the sandbox. No money moves.",
};
const status = { type: "string", enum: ["active", "inactive"] };
const overlapEndsAt = { ...nullable(time), description: "When the former key stops working, or null." };

const feeRule = object("The platform's fee on the payments that the client creates from now on.", {
  basisPoints: {
    type: "integer",
    minimum: 0,
    maximum: MAXIMUM_FEE_BASIS_POINTS,
    description: "A share of the amount, in hundredths of a percent.",
    example: 250,
  },
  fixed: {
    type: "integer",
    minimum: 0,
    description: "In the minor unit of each payment's currency.",
    example: 30,
  },
});

const properties = {
  id: clientId,
  name: clientName,
  email: clientEmail,
  mode,
  status,
  keyHint: nullable(keyHint),
  fee: feeRule,
  processorAccount: {
    ...nullable(text({ example: "acct_1OnboardedAccount" })),
    description: "The client's connected account, on which its payments are charged. Null: they are the platform's.",
  },
  processorChargesEnabled: {
    type: "boolean",
    description: "Whether the processor allows charges on that account, as it last reported.",
  },
  createdAt: time,
  updatedAt: time,
};

const formerApiKey = object("A key in overlap. End it when it is no longer used.", {
  keyHint: nullable(keyHint),
  overlapEndsAt: { ...time, description: "When it stops working." },
  lastUsedAt: { ...nullable(time), description: "When it was last used, to the minute. Null: no use is recorded." },
  uses: { type: "integer", minimum: 0, description: "How often it was used since the rotation. Updated every minute." },
});

const endedApiKey = object("A key that no longer works.", {
  keyHint: nullable(keyHint),
  endedAt: { ...time, description: "When it stopped working." },
  lastUsedAt: { ...nullable(time), description: "When it was last used, to the minute. Null: no use is recorded." },
});

export const ClientComponent = component("Client", object("A client, without its key.", properties));

export const ClientDetailsComponent = component(
  "ClientDetails",
  object("A client, without its key, and the last use of its keys.", {
    ...properties,
    apiKeyLastUsedAt: {
      ...nullable(time),
      description: "When the key was last used, to the minute. Null: no use is recorded.",
    },
    formerApiKey: {
      ...nullable(formerApiKey),
      description: "The key that a rotation replaced, while it still works. Otherwise null.",
    },
    endedApiKey: {
      ...nullable(endedApiKey),
      description: "The key that ended last: revoked, replaced, or former until its overlap ended.",
    },
  }),
);

export const ClientPageComponent = pageOf(ClientComponent);

export const CreatedClientComponent = component(
  "CreatedClient",
  object("A new client with its API key.", {
    id: clientId,
    name: clientName,
    email: clientEmail,
    mode,
    status,
    apiKey: { ...nullable(apiKey), description: "Null in the response to a repeated request." },
    createdAt: time,
  }),
);

export const RotatedApiKeyComponent = component(
  "RotatedApiKey",
  object("A new API key.", { apiKey, keyHint, overlapEndsAt }),
);

export const MeComponent = component(
  "Me",
  object("The client of the API key.", { clientId, name: clientName, keyHint, overlapEndsAt }),
);

export const OnboardingLinkComponent = component(
  "OnboardingLink",
  object("A page of the processor where the client enters its details. It is a secret.", {
    url: text({ format: "uri", example: "https://connect.stripe.com/setup/e/acct_1OnboardedAccount/0a1b2c" }),
    expiresAt: time,
  }),
);
