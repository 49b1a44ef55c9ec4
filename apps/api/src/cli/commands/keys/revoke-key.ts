import type { ClientId } from "@payments/domain";
import { confirm, type YesOption } from "../../ask.ts";
import { changedBy } from "../../outcome.ts";
import { type JsonOption, print } from "../../output.ts";
import { withChangingServices } from "../../services.ts";

export const revokeKey = async (id: ClientId, options: JsonOption & YesOption): Promise<void> => {
  await confirm(`The key of account ${id} stops working at once, and so does one in overlap.`, options);
  await withChangingServices(async ({ revokeApiKey, changed }) => {
    await changedBy(revokeApiKey.execute(id));
    changed("api-key-revoked", id);
  });
  print(options.json, { accountId: id, keyHint: null }, [
    `Account ${id} has no key any more. The command \`keys rotate\` issues a new one.`,
  ]);
};
