import { issueAdminToken } from "@payments/adapters-crypto";
import type { Config } from "../config/sections.ts";

const LIFETIME_SECONDS = 12 * 3_600;

/** The next steps of a new user: commands that work when pasted into a shell. */
const greeting = (url: string, adminToken: string): string => `
The payments API listens on ${url}, with its own PostgreSQL in .data/.
Its reference, with a first payment to try, is at ${url}/docs

Admin token, valid for 12 hours (npm run -s cli -- admin-token makes another):
${adminToken}

Create a first client and keep its API key, which is shown only this once:
API_KEY=$(curl -sS ${url}/accounts -H 'Authorization: Bearer ${adminToken}' -H 'Content-Type: application/json' -d '{"name":"Acme","email":"ops@acme.example"}' | sed 's/.*"apiKey":"\\([^"]*\\)".*/\\1/'); echo "$API_KEY"

Create its first payment, 12.50 EUR:
curl -sS ${url}/payments/create -H "x-api-key: $API_KEY" -H 'Content-Type: application/json' -d '{"amount":1250,"currency":"EUR"}'
`;

/** Greets the user of a local service. Says nothing where admin tokens come from elsewhere. */
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
  console.log(greeting(url, token));
};
