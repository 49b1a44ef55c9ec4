import { issueAdminToken } from "@payments/adapters-crypto";
import { CANARY } from "../../scripts/find-secrets.mjs";

/** The secret of the services that tests start. */
export const JWT_SECRET = `${CANARY}the tests`;

/** A token for these services. */
export const adminToken = (lifetimeSeconds = 60): Promise<string> =>
  issueAdminToken({ secret: JWT_SECRET, subject: "ada", lifetimeSeconds, now: new Date() });
