import { toAccountJson } from "@payments/adapters-http";
import { parseClientName, parseEmailAddress } from "@payments/domain";
import { CommandFailed, EXIT } from "../../../exit-code.ts";
import { valueOrAsk } from "../../ask.ts";
import { changedBy } from "../../outcome.ts";
import { type JsonOption, printKey } from "../../output.ts";
import { issueKey, type KeyFileOption, keyLines } from "../../private-file.ts";
import { withChangingServices } from "../../services.ts";

interface Options extends JsonOption, KeyFileOption {
  readonly name?: string;
  readonly email?: string;
}

const refuse =
  (what: string) =>
  ({ detail }: { readonly detail: string }): never => {
    throw new CommandFailed(`The ${what} ${detail}.`, EXIT.usage);
  };

export const createAccount = async (options: Options): Promise<void> => {
  const name = parseClientName(await valueOrAsk(options.name, "--name", "Name: "));
  const email = parseEmailAddress(await valueOrAsk(options.email, "--email", "Email: "));
  const command = {
    name: name.match((value) => value, refuse("name")),
    email: email.match((value) => value, refuse("email")),
  };
  const { issued, shown } = await withChangingServices(({ createClient, changed }) =>
    issueKey(options, async () => {
      const created = await changedBy(createClient.execute(command), "accounts list");
      changed("account-created", created.client.id, { keyHint: created.apiKey.hint });
      return created;
    }),
  );
  await printKey(issued.client.id, options.json, { ...toAccountJson(issued.client), ...shown }, [
    `Created account ${issued.client.id}.`,
    ...keyLines(shown),
  ]);
};
