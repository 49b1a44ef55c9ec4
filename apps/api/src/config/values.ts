import { z } from "zod";

/** A variable that holds an integer; both bounds are included. */
export const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .meta({ accepts: `${minimum} to ${maximum}` })
    .transform((text, context) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= minimum && value <= maximum) return value;
      context.addIssue(`must be an integer from ${minimum} to ${maximum}`);
      return z.NEVER;
    });

export const isHttpUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
