import { toAccountJson, toPageJson } from "@payments/adapters-http";
import type { ClientId } from "@payments/domain";
import { found } from "../../outcome.ts";
import { hint, type JsonOption, print, table } from "../../output.ts";
import { withServices } from "../../services.ts";

interface Options extends JsonOption {
  readonly limit: number;
  readonly after?: ClientId;
}

export const listAccounts = async ({ limit, after, json }: Options): Promise<void> => {
  const page = await withServices(async ({ clients }) => {
    if (after !== undefined) await found(clients.find(after));
    return found(clients.list({ limit, after: after ?? null, before: null }));
  });
  const rows = page.items.map(({ id, name, email, status, keyHint, createdAt }) => [
    id,
    name,
    email,
    status,
    keyHint ?? "none",
    createdAt.toISOString(),
  ]);
  print(json, toPageJson(page, toAccountJson), table(["ACCOUNT", "NAME", "EMAIL", "STATUS", "KEY", "CREATED"], rows));
  if (page.next !== null && !json) hint(`There are more: --after ${page.next}`);
};
