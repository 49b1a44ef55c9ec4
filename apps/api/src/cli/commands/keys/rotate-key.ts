import type { ClientId, OverlapSeconds } from "@payments/domain";
import { confirm, type YesOption } from "../../ask.ts";
import { changedBy, found } from "../../outcome.ts";
import { type JsonOption, printKey } from "../../output.ts";
import { issueKey, type KeyFileOption, keyLines } from "../../private-file.ts";
import { withChangingServices } from "../../services.ts";

interface Options extends JsonOption, KeyFileOption, YesOption {
  readonly overlap: OverlapSeconds;
}

export const rotateKey = async (id: ClientId, options: Options): Promise<void> => {
  const { issued, shown } = await withChangingServices(async ({ clients, rotateApiKey, changed }) => {
    const { keyHint } = await found(clients.find(id));
    if (options.overlap === 0 && keyHint !== null) {
      await confirm(`Without --overlap the key ${keyHint} stops working at once.`, options);
    }
    return issueKey(options, async () => {
      const result = await changedBy(rotateApiKey.execute(id, options.overlap));
      changed("api-key-rotated", id, { keyHint: result.apiKey.hint, overlapEndsAt: result.overlapEndsAt });
      return result;
    });
  });
  const end = issued.overlapEndsAt?.toISOString() ?? null;
  await printKey(id, options.json, { ...shown, keyHint: issued.apiKey.hint, overlapEndsAt: end }, [
    ...keyLines(shown),
    ...(end === null ? [] : [`The former key works until ${end}; \`keys show\` says whether it is still used.`]),
  ]);
};
