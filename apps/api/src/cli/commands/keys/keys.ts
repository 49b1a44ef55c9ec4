import { type OverlapSeconds, parseOverlapSeconds } from "@payments/domain";
import { Command, InvalidArgumentError } from "commander";
import { YES_OPTION } from "../../ask.ts";
import { JSON_OPTION } from "../../output.ts";
import { ACCOUNT_ARGUMENT, secondsOf } from "../../parse.ts";
import { KEY_FILE_OPTION } from "../../private-file.ts";
import { backfillKeys } from "./backfill-keys.ts";
import { digestKeys } from "./digest-keys.ts";
import { revokeKey } from "./revoke-key.ts";
import { rotateKey } from "./rotate-key.ts";
import { showKey } from "./show-key.ts";

const parseBatchSize = (text: string): number => {
  const size = Number(text);
  if (Number.isInteger(size) && size >= 1 && size <= 10_000) return size;
  throw new InvalidArgumentError("It must be an integer from 1 to 10000.");
};

const parseOverlap = (text: string): OverlapSeconds =>
  parseOverlapSeconds(secondsOf(text)).match(
    (overlap) => overlap,
    () => {
      throw new InvalidArgumentError("It must be a time such as 90s, 15m or 12h, up to 1d.");
    },
  );

const BATCH_SIZE_OPTION = ["--batch-size <clients>", "clients per transaction", parseBatchSize, 500] as const;

const showCommand = (): Command =>
  new Command("show")
    .description("show when an account's keys were last used, and whether the former one still is")
    .argument(...ACCOUNT_ARGUMENT)
    .option(...JSON_OPTION)
    .action(showKey);

const rotateCommand = (): Command =>
  new Command("rotate")
    .description("give an account a new API key and show it, this once")
    .argument(...ACCOUNT_ARGUMENT)
    .option(
      "--overlap <time>",
      "how long the former key keeps working: 90s, 15m, 12h, up to 1d",
      parseOverlap,
      parseOverlap("0s"),
    )
    .option(...KEY_FILE_OPTION)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action(rotateKey);

const revokeCommand = (): Command =>
  new Command("revoke")
    .description("end an account's API key, and one in overlap, before this returns")
    .argument(...ACCOUNT_ARGUMENT)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action(revokeKey);

const backfillCommand = (): Command =>
  new Command("backfill")
    .description("give every client without a key one, and write the new keys to a file")
    .option("--output <file>", "a new file for the keys, readable by its owner alone (JSON lines)")
    .option(...BATCH_SIZE_OPTION)
    .option(...JSON_OPTION)
    .action(backfillKeys);

const digestCommand = (): Command =>
  new Command("digest")
    .description("rewrite keys that are stored in plain text as digests")
    .option(...BATCH_SIZE_OPTION)
    .option(...JSON_OPTION)
    .action(digestKeys);

export const keysCommand = (): Command =>
  [showCommand(), rotateCommand(), revokeCommand(), backfillCommand(), digestCommand()].reduce(
    (keys, command) => keys.addCommand(command),
    new Command("keys").description("API keys of accounts: show, rotate, revoke, and bring an older table's along"),
  );
