import { z } from "zod";
import { adminTokens } from "./admin-tokens.ts";
import { apiKeys } from "./api-keys.ts";
import { database } from "./database.ts";
import { encryption } from "./encryption.ts";
import { SECRETS } from "./environment.ts";
import { http, limits } from "./http.ts";
import { logging, tracing } from "./observability.ts";
import { processors } from "./processors.ts";
import { webhooks } from "./webhooks.ts";

/** Every variable of the environment, by subject. Each describes itself: the reference page is generated from it. */
export const sections = {
  http,
  database,
  apiKeys,
  adminTokens,
  encryption,
  processors,
  webhooks,
  limits,
  logging,
  tracing,
};

type Sections = typeof sections;

/** The checked configuration, by subject. */
export type Config = { readonly [Name in keyof Sections]: Readonly<z.infer<Sections[Name]>> };

export const ALL_SECTIONS = Object.keys(sections) as (keyof Config)[];

/** A variable of the environment, for people. */
export interface VariableDescription {
  readonly section: keyof Config;
  readonly name: string;
  readonly description: string;
  /** Its values, where they can be listed. */
  readonly accepts: string | undefined;
  readonly defaultValue: string | undefined;
}

interface VariableSchema {
  readonly description?: string;
  readonly accepts?: string;
  readonly enum?: readonly string[];
}

const inFile = (name: string): string =>
  SECRETS.some((secret) => secret === name) ? ` Can be read from the file that \`${name}_FILE\` names.` : "";

const describeSection = (section: keyof Config): VariableDescription[] => {
  const variables: z.ZodObject = sections[section].in;
  const { properties = {} } = z.toJSONSchema(variables, { io: "input" });
  return Object.entries(properties as Record<string, VariableSchema>).map(([name, schema]) => {
    const unset = variables.shape[name]?.safeParse(undefined).data ?? "";
    return {
      section,
      name,
      description: (schema.description ?? "") + inFile(name),
      accepts: schema.accepts ?? schema.enum?.join(", "),
      defaultValue: unset === "" ? undefined : String(unset),
    };
  });
};

/** Every variable that the configuration reads, in the order of its sections. */
export const describeConfig = (): VariableDescription[] => ALL_SECTIONS.flatMap(describeSection);
