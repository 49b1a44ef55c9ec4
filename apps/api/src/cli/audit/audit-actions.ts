import { type AuditFault, verifyAuditTrail } from "@payments/adapters-postgres";
import { type Actor, type AuditEventId, type ClientId, toAuditEventJson, toPageJson } from "@payments/domain";
import { EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { withDatabase } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { found } from "../outcome.ts";
import { counted, hint, print, table } from "../output.ts";

interface ListOptions extends JsonOption {
  readonly limit: number;
  readonly after?: AuditEventId;
}

const nameOf = (actor: Actor): string => {
  switch (actor.type) {
    case "admin":
      return `admin ${actor.subject ?? "without a subject"} from ${actor.address}`;
    case "client":
      return `client ${actor.keyHint} from ${actor.address}`;
    case "operator":
      return `operator ${actor.user ?? "without a name"} on ${actor.host}`;
    case "service":
      return "service";
    default:
      return actor satisfies never;
  }
};

export const listAuditEvents = async (
  client: ClientId | undefined,
  { limit, after, json }: ListOptions,
): Promise<void> => {
  const request = { limit, after: after ?? null, before: null };
  const page = await withDatabase((container) => {
    const log = container.get(T.AuditLog);
    return found(client === undefined ? log.list(request) : log.listByClient(client, request));
  });
  const rows = page.items.map(({ id, createdAt, clientId, type, actor, details }) => [
    id,
    createdAt.toISOString(),
    clientId,
    type,
    nameOf(actor),
    JSON.stringify(details),
  ]);
  print(json, toPageJson(page, toAuditEventJson), table(["EVENT", "TIME", "CLIENT", "CHANGE", "BY", "DETAILS"], rows));
  if (page.next !== null && !json) hint(`There are more: --after ${page.next}`);
};

const lineOf = ({ clientId, sequence, fault }: AuditFault): string =>
  `Event ${sequence} of client ${clientId} is ${fault}. Later events of this client prove nothing.`;

export const verifyAuditEvents = async ({ json }: JsonOption): Promise<void> => {
  const { clients, events, faults } = await withDatabase((container) => verifyAuditTrail(container.get(T.Knex)));
  print(json, { clients, events, faults }, [
    ...faults.map(lineOf),
    faults.length === 0
      ? `The chains of ${counted(clients, "client")} with ${counted(events, "event")} are complete.`
      : `Broken chains: ${faults.length} of ${clients}. Compare them with a backup or a copy of the events.`,
  ]);
  process.exitCode = faults.length === 0 ? EXIT.done : EXIT.failed;
};
