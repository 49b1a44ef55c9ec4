import { parseAuditEventId } from "@payments/domain";
import { Command } from "commander";
import { JSON_OPTION, LIMIT_OPTION, lazily, OPTIONAL_CLIENT, parsedBy } from "../options.ts";

const actions = () => import("./audit-actions.ts");

export const auditCommand = (): Command =>
  new Command("audit")
    .description("read and verify the audit events: every change to a client or its keys, stored with the change")
    .addCommand(
      new Command("list")
        .description("list audit events, newest first: of a client, or of all clients")
        .argument(...OPTIONAL_CLIENT)
        .option(...LIMIT_OPTION)
        .option(
          "--after <event>",
          "list only events older than this one; use it for the next page",
          parsedBy(parseAuditEventId),
        )
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).listAuditEvents)),
    )
    .addCommand(
      new Command("verify")
        .description("recompute the hash chain of every client; exit code 1 if an event was altered or deleted")
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).verifyAuditEvents)),
    );
