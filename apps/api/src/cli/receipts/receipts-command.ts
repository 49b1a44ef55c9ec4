import { parseSigningKeyId, type SigningKeyId } from "@payments/domain";
import { Command, InvalidArgumentError } from "commander";
import { JSON_OPTION, lazily, parsedBy, secondsOf, YES_OPTION } from "../options.ts";

const MAXIMUM_DELAY_SECONDS = 30 * 86_400;

const parseDelay = (text: string): number => {
  const seconds = secondsOf(text);
  if (seconds >= 0 && seconds <= MAXIMUM_DELAY_SECONDS) return seconds;
  throw new InvalidArgumentError("It must be a duration such as 0s, 90s, 15m or 12h, up to 30d.");
};

const actions = () => import("./receipt-actions.ts");

export const receiptsCommand = (): Command =>
  new Command("receipts")
    .description("manage the keys that sign receipts of payments; /.well-known/jwks.json publishes them")
    .addCommand(
      new Command("keys")
        .description("list the published keys, newest first, and show which one signs")
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).listSigningKeys)),
    )
    .addCommand(
      new Command("rotate-key")
        .description("publish a new key that signs after a delay; receipts of earlier keys stay valid")
        .option(
          "--after <time>",
          "the delay, so that verifiers fetch the key before it signs: 0s, 15m, 12h, up to 30d",
          parseDelay,
          3_600,
        )
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).rotateSigningKey)),
    )
    .addCommand(
      new Command("remove-key")
        .description("stop publishing a key whose private key leaked; all of its receipts become invalid")
        .argument("<key>", "the key's id, as `receipts keys` prints it", parsedBy<SigningKeyId>(parseSigningKeyId))
        .option(...YES_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).removeSigningKey)),
    );
