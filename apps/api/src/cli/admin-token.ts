import { ADMIN_SUBJECT_RULE, isAdminSubject, issueAdminToken } from "@payments/adapters-crypto";
import { environment } from "../config/environment.ts";
import { CommandFailed, EXIT } from "../errors/command-failed.ts";
import { readConfigOrLocal } from "../local/local-data.ts";
import type { JsonOption } from "./options.ts";
import { print } from "./output.ts";

interface Options extends JsonOption {
  readonly subject: string;
  readonly expiresIn: number;
}

export const printAdminToken = async ({ subject, expiresIn, json }: Options): Promise<void> => {
  if (!isAdminSubject(subject)) {
    throw new CommandFailed(`The service rejects this --subject: it must have ${ADMIN_SUBJECT_RULE}.`, EXIT.usage);
  }
  const { adminTokens } = readConfigOrLocal(environment(), ["adminTokens"]);
  const { secret, issuer, audience, maxLifetimeSeconds } = adminTokens;
  if (secret === undefined) {
    throw new CommandFailed(
      "This command issues tokens only with JWT_SECRET. With JWT_PUBLIC_KEY or JWT_JWKS_URL, the holder of the private key issues them.",
      EXIT.configuration,
    );
  }
  if (expiresIn > maxLifetimeSeconds) {
    throw new CommandFailed(
      `The service rejects a token that is valid for more than ${maxLifetimeSeconds} s: choose a shorter --expires-in, or raise JWT_MAX_LIFETIME_SECONDS.`,
      EXIT.usage,
    );
  }
  const now = new Date();
  const token = await issueAdminToken({ secret, subject, lifetimeSeconds: expiresIn, issuer, audience, now });
  const expiresAt = new Date(now.getTime() + expiresIn * 1000).toISOString();
  print(json, { token, subject, expiresAt }, [token]);
};
