import { RotateSigningKey, type SigningKey, type SigningKeyId } from "@payments/domain";
import { TOKENS as T } from "../../modules/tokens.ts";
import { withDatabase, withEncryption } from "../context.ts";
import type { JsonOption, YesOption } from "../options.ts";
import { changedBy, found } from "../outcome.ts";
import { print, table } from "../output.ts";
import { confirm } from "../prompt.ts";

const STATES: Readonly<Record<SigningKey["state"], string>> = {
  signs: "signs",
  "will-sign": "will sign",
  verifies: "only verifies",
};

export const listSigningKeys = async ({ json }: JsonOption): Promise<void> => {
  const keys = await withDatabase((container) => found(container.get(T.SigningKeys).list()));
  print(
    json,
    { data: keys },
    table(
      ["KEY", "STATE", "SIGNS FROM", "CREATED"],
      keys.map(({ id, state, signsFrom, createdAt }) => [
        id,
        STATES[state],
        signsFrom.toISOString(),
        createdAt.toISOString(),
      ]),
    ),
  );
};

export const rotateSigningKey = async ({ after, json }: JsonOption & { readonly after: number }): Promise<void> => {
  const { id, signsFrom } = await withEncryption((container) =>
    changedBy(container.get(RotateSigningKey).execute(after), "receipts keys"),
  );
  print(json, { id, signsFrom }, [
    `The key ${id} is published and signs from ${signsFrom.toISOString()}. Receipts of earlier keys stay valid.`,
  ]);
};

export const removeSigningKey = async (id: SigningKeyId, options: JsonOption & YesOption): Promise<void> => {
  await confirm(`All receipts that the key ${id} signed become invalid.`, options);
  await withDatabase((container) => changedBy(container.get(T.SigningKeys).remove(id), "receipts keys"));
  print(options.json, { id }, [`The key ${id} is no longer published. Issue its receipts again.`]);
};
