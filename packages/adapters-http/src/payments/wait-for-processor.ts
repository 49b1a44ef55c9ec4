import type { WaitForProcessor } from "@payments/domain";

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
