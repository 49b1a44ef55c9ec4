import { z } from "zod";
import { SECRETS } from "./secret-files.ts";
import { ALL_SECTIONS, type Config, sections } from "./sections.ts";

/** A variable of the environment, for people. */
export interface VariableDescription {
  readonly section: keyof Config;
  readonly name: string;
  readonly description: string;
  /** The values that it takes, where they can be listed. */
  readonly accepts: string | undefined;
  /** What counts when it is not set, where there is such a value. */
  readonly defaultValue: string | undefined;
}

interface VariableSchema {
  readonly description?: string;
  readonly accepts?: string;
  readonly enum?: readonly string[];
}

const inFile = (name: string): string =>
  SECRETS.some((secret) => secret === name) ? ` It may stand in the file that \`${name}_FILE\` names.` : "";

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
