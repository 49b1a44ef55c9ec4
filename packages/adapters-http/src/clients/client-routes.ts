import type { Route } from "../routing/route.ts";
import { createClient } from "./create-client.ts";
import { listClientPayments } from "./list-client-payments.ts";
import { onboardClient } from "./onboard-client.ts";
import { listClients, readClient, readMe } from "./read-clients.ts";
import { endFormerApiKey, revokeApiKey } from "./revoke-api-key.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { updateClient } from "./update-client.ts";

export const clientRoutes: readonly Route[] = [
  createClient,
  listClients,
  readClient,
  updateClient,
  rotateApiKey,
  revokeApiKey,
  endFormerApiKey,
  onboardClient,
  listClientPayments,
  readMe,
];
