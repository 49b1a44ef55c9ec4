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

/** Plain http is safe only on loopback: others could read it, or change the response. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/** Whether a URL is over https, or over http on this machine. */
export const isSafeTransport = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || isLoopback(hostname);
};
