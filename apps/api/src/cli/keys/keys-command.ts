import { type OverlapSeconds, parseOverlapSeconds } from "@payments/domain";
import { Command, InvalidArgumentError } from "commander";
import { CLIENT_ARGUMENT, JSON_OPTION, KEY_FILE_OPTION, lazily, secondsOf, YES_OPTION } from "../options.ts";

const parseBatchSize = (text: string): number => {
  const size = Number(text);
  if (Number.isInteger(size) && size >= 1 && size <= 10_000) return size;
  throw new InvalidArgumentError("It must be an integer from 1 to 10000.");
};

const parseOverlap = (text: string): OverlapSeconds =>
  parseOverlapSeconds(secondsOf(text)).match(
    (overlap) => overlap,
    () => {
      throw new InvalidArgumentError("It must be a duration such as 90s, 15m or 12h, up to 1d.");
    },
  );

const BATCH_SIZE_OPTION = ["--batch-size <clients>", "clients per transaction", parseBatchSize, 500] as const;

const actions = () => import("./key-actions.ts");
const bulkActions = () => import("./bulk-key-actions.ts");

export const keysCommand = (): Command =>
  new Command("keys")
    .description("manage API keys: a client sends its key with every request, in the header x-api-key")
    .addCommand(
      new Command("show")
        .description("show when a client's keys were last used, and whether its former key is still in use")
        .argument(...CLIENT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).showKey)),
    )
    .addCommand(
      new Command("rotate")
        .description("replace a client's API key and print the new one, which is never shown again")
        .argument(...CLIENT_ARGUMENT)
        .option(
          "--overlap <time>",
          "how long the former key keeps working: 90s, 15m, 12h, up to 1d; 0s ends it at once",
          parseOverlap,
          parseOverlap("0s"),
        )
        .option("--end-former", "end the former key of an overlap that still runs")
        .option(...KEY_FILE_OPTION)
        .option(...YES_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).rotateKey)),
    )
    .addCommand(
      new Command("end-former")
        .description("end a client's former key at once; its current key keeps working")
        .argument(...CLIENT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).endFormerKey)),
    )
    .addCommand(
      new Command("revoke")
        .description("end a client's API key and any former key at once")
        .argument(...CLIENT_ARGUMENT)
        .option(...YES_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).revokeKey)),
    )
    .addCommand(
      new Command("backfill")
        .description(
          "issue a key to every client that never had one, and write the new keys to a file; a client whose key was revoked stays without one",
        )
        .option("--output <file>", "a new file for the keys (JSON lines); only its owner can read it")
        .option(...BATCH_SIZE_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await bulkActions()).backfillKeys)),
    )
    .addCommand(
      new Command("digest")
        .description("replace keys that are stored in plain text by their digests; the keys keep working")
        .option(...BATCH_SIZE_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await bulkActions()).digestKeys)),
    );
