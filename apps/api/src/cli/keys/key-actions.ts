import {
  type ClientId,
  EndFormerApiKey,
  type FormerApiKeyUsage,
  type OverlapSeconds,
  RevokeApiKey,
  RotateApiKey,
  toClientDetailsJson,
} from "@payments/domain";
import { TOKENS as T } from "../../modules/tokens.ts";
import { operator } from "../audit/operator-changes.ts";
import { findClient, keyFacts } from "../clients/client-actions.ts";
import { withAuditedContainer } from "../context.ts";
import type { JsonOption, KeyFileOption, YesOption } from "../options.ts";
import { changedBy, found } from "../outcome.ts";
import { facts, hint, print, printKey } from "../output.ts";
import { issueKey, keyLines } from "../private-file.ts";
import { confirm } from "../prompt.ts";

const adviceOn = ({ uses, overlapEndsAt }: FormerApiKeyUsage): string =>
  uses === 0
    ? "The former key was not used since the rotation. Uses are recorded once a minute."
    : `The former key was used after the rotation: its users must change to the new key before ${overlapEndsAt.toISOString()}.`;

export const showKey = async (id: ClientId, { json }: JsonOption): Promise<void> => {
  const [client, usage] = await findClient(id);
  const { keyHint, apiKeyLastUsedAt, formerApiKey, endedApiKey } = toClientDetailsJson(client, usage);
  print(json, { clientId: id, keyHint, apiKeyLastUsedAt, formerApiKey, endedApiKey }, facts(keyFacts(client, usage)));
  if (usage.former !== null && !json) hint(adviceOn(usage.former));
};

interface RotateOptions extends JsonOption, KeyFileOption, YesOption {
  readonly overlap: OverlapSeconds;
  readonly endFormer?: boolean;
}

export const rotateKey = async (id: ClientId, options: RotateOptions): Promise<void> => {
  const { issued, shown } = await withAuditedContainer(async (container, changed) => {
    const { keyHint } = await found(container.get(T.ClientRepository).find(id));
    if (options.overlap === 0 && keyHint !== null) {
      await confirm(`Without --overlap the key ${keyHint} stops working at once.`, options);
    }
    return issueKey(options, async () => {
      const rotation = { overlapSeconds: options.overlap, endFormerKey: options.endFormer ?? false };
      const result = await changedBy(container.get(RotateApiKey).execute(id, rotation, operator()));
      changed("api-key-rotated", id, { keyHint: result.apiKey.hint, overlapEndsAt: result.overlapEndsAt });
      return result;
    });
  });
  const end = issued.overlapEndsAt?.toISOString() ?? null;
  await printKey(id, options.json, { ...shown, keyHint: issued.apiKey.hint, overlapEndsAt: end }, [
    ...keyLines(shown),
    ...(end === null ? [] : [`The former key works until ${end}. \`keys show\` tells whether it is still used.`]),
  ]);
};

export const revokeKey = async (id: ClientId, options: JsonOption & YesOption): Promise<void> => {
  await confirm(`The key of client ${id} and any former key stop working at once.`, options);
  await withAuditedContainer(async (container, changed) => {
    changed("api-key-revoked", id, await changedBy(container.get(RevokeApiKey).execute(id, operator())));
  });
  print(options.json, { clientId: id, keyHint: null }, [
    `Client ${id} has no key now. \`keys rotate\` issues a new one.`,
  ]);
};

export const endFormerKey = async (id: ClientId, { json }: JsonOption): Promise<void> => {
  const { formerKeyHint } = await withAuditedContainer(async (container, changed) => {
    const ended = await changedBy(container.get(EndFormerApiKey).execute(id, operator()));
    if (ended.formerKeyHint !== null) changed("former-api-key-ended", id, ended);
    return ended;
  });
  const message =
    formerKeyHint === null
      ? `Client ${id} has no former key that works.`
      : `The former key ${formerKeyHint} of client ${id} no longer works.`;
  print(json, { clientId: id, formerKeyHint }, [message]);
};
