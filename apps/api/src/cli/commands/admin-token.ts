import { issueAdminToken } from "@payments/adapters-crypto";
import { Command, InvalidArgumentError } from "commander";
import { environment } from "../../config/environment.ts";
import { CommandFailed, EXIT } from "../../exit-code.ts";
import { readConfigOrLocal } from "../../local-data.ts";
import { JSON_OPTION, type JsonOption, print } from "../output.ts";
import { secondsOf } from "../parse.ts";

const MAXIMUM_LIFETIME_SECONDS = 365 * 86_400;

const parseDuration = (text: string): number => {
  const seconds = secondsOf(text);
  if (seconds >= 1 && seconds <= MAXIMUM_LIFETIME_SECONDS) return seconds;
  throw new InvalidArgumentError("It must be a time such as 90s, 15m, 1h or 30d, up to 365d.");
};

/** It names somebody in the lines of the audit log. */
const parseSubject = (text: string): string => {
  if (/^[^\p{Cc}]{1,200}$/u.test(text)) return text;
  throw new InvalidArgumentError("It must have 1 to 200 characters, none of them a control character.");
};

interface Options extends JsonOption {
  readonly subject: string;
  readonly expiresIn: number;
}

const run = async ({ subject, expiresIn, json }: Options): Promise<void> => {
  const { adminTokens } = readConfigOrLocal(environment(), ["adminTokens"]);
  const { secret, issuer, audience } = adminTokens;
  if (secret === undefined) {
    throw new CommandFailed(
      "Tokens can be made here only with JWT_SECRET. With JWT_PUBLIC_KEY or JWT_JWKS_URL they come from whoever holds the private key.",
      EXIT.configuration,
    );
  }
  const now = new Date();
  const token = await issueAdminToken({ secret, subject, lifetimeSeconds: expiresIn, issuer, audience, now });
  const expiresAt = new Date(now.getTime() + expiresIn * 1000).toISOString();
  print(json, { token, subject, expiresAt }, [token]);
};

export const adminTokenCommand = (): Command =>
  new Command("admin-token")
    .description("print a token that lets its holder manage accounts and keys")
    .option("--subject <name>", "who will use it, for the audit log", parseSubject, "operator")
    .option("--expires-in <time>", "how long it is valid: 90s, 15m, 1h, 30d", parseDuration, 3_600)
    .option(...JSON_OPTION)
    .action(run);
