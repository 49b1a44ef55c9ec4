import { Command, InvalidArgumentError } from "commander";
import { JSON_OPTION } from "../output.ts";
import { backfillKeys } from "./keys-backfill.ts";
import { digestKeys } from "./keys-digest.ts";

const parseBatchSize = (text: string): number => {
  const size = Number(text);
  if (Number.isInteger(size) && size >= 1 && size <= 10_000) return size;
  throw new InvalidArgumentError("It must be an integer from 1 to 10000.");
};

const BATCH_SIZE_OPTION = ["--batch-size <clients>", "clients per transaction", parseBatchSize, 500] as const;

export const keysCommand = (): Command =>
  new Command("keys")
    .description("API keys of clients that are already in the database")
    .addCommand(
      new Command("backfill")
        .description("give every client without a key one, and write the new keys to a file")
        .option("--output <file>", "a new file for the keys, readable by its owner alone (JSON lines)")
        .option(...BATCH_SIZE_OPTION)
        .option(...JSON_OPTION)
        .action(backfillKeys),
    )
    .addCommand(
      new Command("digest")
        .description("rewrite keys that are stored in plain text as digests")
        .option(...BATCH_SIZE_OPTION)
        .option(...JSON_OPTION)
        .action(digestKeys),
    );
