import { parseAmount, type WaitForProcessor } from "@payments/domain";
import { z } from "zod";
import { parsedBy } from "../routing/validate.ts";

export const amountOrAll = parsedBy(
  z.number().meta({
    type: "integer",
    minimum: 1,
    example: 1250,
    description: "In the currency's minor unit. Default: all that is left.",
  }),
  parseAmount,
)
  .nullable()
  .default(null);

export const REPLAYED = { "Idempotent-Replayed": "true" } as const;

/** Describes the header of a request that changes a payment. */
export const REPEATABLE =
  "A value that you choose for each request, such as a UUID. A repeated request with the same key changes nothing and returns the result of the first one as it is now. Keys of captures, cancellations and refunds are distinct from those of new payments.";

export const REPLAYED_HEADER = { "Idempotent-Replayed": "`true` if an earlier request made this change." };

/** Lets `work` wait for the processor for `answerMs` at most. */
export const waitingAtMost = async <Value>(
  answerMs: number,
  work: (wait: WaitForProcessor) => Promise<Value>,
): Promise<Value> => {
  let timeout: NodeJS.Timeout | undefined;
  const wait: WaitForProcessor = () =>
    new Promise((resolve) => {
      timeout = setTimeout(resolve, answerMs);
    });
  try {
    return await work(wait);
  } finally {
    clearTimeout(timeout);
  }
};
