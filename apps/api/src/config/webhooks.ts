import { isNetwork } from "@payments/adapters-webhooks/networks";
import { z } from "zod";

export const webhooks = z
  .object({
    WEBHOOK_ALLOWED_NETWORKS: z
      .string()
      .optional()
      .transform((text) => (text ?? "").split(",").map((network) => network.trim()))
      .transform((networks) => networks.filter((network) => network !== ""))
      .refine(
        (networks) => networks.every(isNetwork),
        "must be networks such as 10.1.0.0/16 or fd00:1::/32, separated by commas",
      )
      .describe(
        "Networks that webhooks may reach although they are not public, such as `10.1.0.0/16`, separated by commas. Clients choose the URLs, so list only networks whose services every client may call.",
      ),
  })
  .transform((set) => ({
    allowedNetworks: set.WEBHOOK_ALLOWED_NETWORKS,
    /** With the embedded database only: a developer's receiver runs on the same machine. */
    plainHttpToLoopback: false,
  }));
