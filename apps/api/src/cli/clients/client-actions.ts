import {
  type Client,
  type ClientApiKeyUsage,
  type ClientChanges,
  type ClientId,
  CreateClient,
  type IdempotencyKey,
  type Mode,
  parseClientName,
  parseEmailAddress,
  parseFeeRule,
  toClientDetailsJson,
  toClientJson,
  toPageJson,
  UpdateClient,
} from "@payments/domain";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { operator } from "../audit/operator-changes.ts";
import { withAuditedContainer, withContainer } from "../context.ts";
import type { JsonOption, KeyFileOption, YesOption } from "../options.ts";
import { changedBy, found } from "../outcome.ts";
import { counted, facts, hint, print, printKey, table } from "../output.ts";
import { issueKey, keyLines } from "../private-file.ts";
import { confirm, valueOrAsk } from "../prompt.ts";

interface CreateOptions extends JsonOption, KeyFileOption {
  readonly name?: string;
  readonly email?: string;
  readonly mode: Mode;
  readonly idempotencyKey?: IdempotencyKey;
}

const rejectValue =
  (what: string) =>
  ({ detail }: { readonly detail: string }): never => {
    throw new CommandFailed(`The ${what} ${detail}.`, EXIT.usage);
  };

export const createClient = async (options: CreateOptions): Promise<void> => {
  const name = parseClientName(await valueOrAsk(options.name, "--name", "Name: "));
  const email = parseEmailAddress(await valueOrAsk(options.email, "--email", "Email: "));
  const command = {
    name: name.match((value) => value, rejectValue("name")),
    email: email.match((value) => value, rejectValue("email")),
    mode: options.mode,
    idempotencyKey: options.idempotencyKey ?? null,
  };
  const { issued, shown } = await withAuditedContainer((container, changed) =>
    issueKey(options, async () => {
      const created = await changedBy(container.get(CreateClient).execute(command, operator()), "clients list");
      if (created.apiKey !== null) changed("client-created", created.client.id, { keyHint: created.apiKey.hint });
      return created;
    }),
  );
  await printKey(issued.client.id, options.json, { ...toClientJson(issued.client), ...shown }, [
    issued.apiKey === null ? `Client ${issued.client.id} exists already.` : `Created client ${issued.client.id}.`,
    ...keyLines(shown),
  ]);
};

interface ListOptions extends JsonOption {
  readonly limit: number;
  readonly after?: ClientId;
}

export const listClients = async ({ limit, after, json }: ListOptions): Promise<void> => {
  const page = await withContainer(async (container) => {
    const clients = container.get(T.ClientRepository);
    if (after !== undefined) await found(clients.find(after));
    return found(clients.list({ limit, after: after ?? null, before: null }));
  });
  const rows = page.items.map(({ id, name, email, mode, status, keyHint, createdAt }) => [
    id,
    name,
    email,
    mode,
    status,
    keyHint ?? "none",
    createdAt.toISOString(),
  ]);
  print(
    json,
    toPageJson(page, toClientJson),
    table(["CLIENT", "NAME", "EMAIL", "MODE", "STATUS", "KEY", "CREATED"], rows),
  );
  if (page.next !== null && !json) hint(`There are more: --after ${page.next}`);
};

/** Uses are written once a minute, and older keys may predate the record: a key is never called unused. */
const lastUse = (time: Date | null): string => time?.toISOString() ?? "no use recorded";

/** A client's keys and their use, for people. */
export const keyFacts = ({ keyHint }: Client, { lastUsedAt, former, ended }: ClientApiKeyUsage): [string, string][] => [
  ["API key", keyHint ?? "none"],
  ["last used", lastUse(lastUsedAt)],
  ...(former === null
    ? []
    : ([
        ["former key", former.keyHint ?? "without a hint"],
        ["works until", former.overlapEndsAt.toISOString()],
        ["last used", lastUse(former.lastUsedAt)],
        ["uses since the rotation", String(former.uses)],
      ] as [string, string][])),
  ...(ended === null
    ? []
    : ([
        ["last ended key", ended.keyHint ?? "without a hint"],
        ["ended", ended.endedAt.toISOString()],
        ["last used", lastUse(ended.lastUsedAt)],
      ] as [string, string][])),
];

const feeText = ({ basisPoints, fixed }: Client["fee"]): string =>
  basisPoints === 0n && fixed === 0n
    ? "none"
    : `${counted(Number(basisPoints), "basis point")} and ${fixed} in minor units`;

const clientFacts = (client: Client): [string, string][] => [
  ["client", client.id],
  ["name", client.name],
  ["email", client.email],
  ["mode", client.mode],
  ["status", client.status],
  ["fee", feeText(client.fee)],
  ...(client.processorAccount === null
    ? []
    : ([
        ["processor account", client.processorAccount],
        ["charges enabled", client.processorChargesEnabled ? "yes" : "no"],
      ] as [string, string][])),
  ["created", client.createdAt.toISOString()],
  ["updated", client.updatedAt.toISOString()],
];

/** Finds a client with the use of its keys. */
export const findClient = (id: ClientId): Promise<readonly [Client, ClientApiKeyUsage]> =>
  withContainer(async (container) => [
    await found(container.get(T.ClientRepository).find(id)),
    await found(container.get(T.ApiKeyUsage).find(id)),
  ]);

export const showClient = async (id: ClientId, { json }: JsonOption): Promise<void> => {
  const [client, usage] = await findClient(id);
  print(json, toClientDetailsJson(client, usage), facts([...clientFacts(client), ...keyFacts(client, usage)]));
};

const update = (id: ClientId, changes: ClientChanges): Promise<Client> =>
  withAuditedContainer(async (container, changed) => {
    const client = await changedBy(container.get(UpdateClient).execute(id, changes, operator()));
    const { keyHint, status } = client;
    changed("client-updated", id, { keyHint, fields: Object.keys(changes), status });
    return client;
  });

interface UpdateOptions extends JsonOption, Pick<ClientChanges, "name" | "email"> {
  readonly feeBasisPoints?: number;
  readonly feeFixed?: number;
}

/** A rule is changed as a whole, so that no half of an old one remains by mistake. */
const feeOf = ({ feeBasisPoints: basisPoints, feeFixed: fixed }: UpdateOptions): Pick<ClientChanges, "fee"> => {
  if (basisPoints === undefined && fixed === undefined) return {};
  if (basisPoints === undefined || fixed === undefined) {
    throw new CommandFailed("A fee has two parts: add both --fee-basis-points and --fee-fixed.", EXIT.usage);
  }
  return { fee: parseFeeRule({ basisPoints, fixed }).match((value) => value, rejectValue("fee")) };
};

export const updateClient = async (id: ClientId, options: UpdateOptions): Promise<void> => {
  const { json, name, email } = options;
  const changes = { ...(name !== undefined && { name }), ...(email !== undefined && { email }), ...feeOf(options) };
  if (Object.keys(changes).length === 0) {
    throw new CommandFailed("There is nothing to change: add --name, --email or a fee.", EXIT.usage);
  }
  const client = await update(id, changes);
  print(json, toClientJson(client), facts(clientFacts(client)));
};

const printStatus = (client: Client, { json }: JsonOption): void =>
  print(json, toClientJson(client), [`Client ${client.id} is ${client.status}.`]);

export const activateClient = async (id: ClientId, options: JsonOption): Promise<void> =>
  printStatus(await update(id, { status: "active" }), options);

export const deactivateClient = async (id: ClientId, options: JsonOption & YesOption): Promise<void> => {
  await confirm(`Every request of client ${id} will be rejected from now on.`, options);
  printStatus(await update(id, { status: "inactive" }), options);
};
