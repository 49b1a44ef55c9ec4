import { issueAdminToken } from "@payments/adapters-crypto";
import type { Config } from "./config/sections.ts";
import { welcome } from "./welcome.ts";

const LIFETIME_SECONDS = 12 * 3_600;

/** Greets whoever started a local service. Nothing is said where the tokens come from elsewhere. */
export const greet = async (url: string, { secret, issuer, audience }: Config["adminTokens"]): Promise<void> => {
  if (secret === undefined) return;
  const now = new Date();
  const token = await issueAdminToken({
    secret,
    subject: "local",
    lifetimeSeconds: LIFETIME_SECONDS,
    issuer,
    audience,
    now,
  });
  console.log(welcome(url, token, "12 hours"));
};
