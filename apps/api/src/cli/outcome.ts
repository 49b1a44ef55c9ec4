import { NotSentError } from "@payments/adapters-postgres";
import type { ClientAlreadyExists, ClientNotFound, PaymentNotFound, StorageUnavailable } from "@payments/domain";
import type { ResultAsync } from "neverthrow";
import { adviceOnRefusal, adviceOnSilence } from "../database-advice.ts";
import { CommandFailed, EXIT } from "../exit-code.ts";

type Failure = ClientNotFound | ClientAlreadyExists | PaymentNotFound;

const MESSAGES: Readonly<Record<Failure["type"], string>> = {
  "client-not-found": "There is no such account. The command `accounts list` shows those that there are.",
  "client-already-exists": "There is an account like this already: the database allows no second one.",
  "payment-not-found": "This account has no such payment. The command `payments list` shows those that it has.",
};

/** The value of a result, or its error thrown for the operator to read. */
export const found = async <Value>(result: ResultAsync<Value, Failure | StorageUnavailable>): Promise<Value> => {
  const settled = await result;
  if (settled.isOk()) return settled.value;
  const { error } = settled;
  throw error.type === "storage-unavailable" ? error.cause : new CommandFailed(MESSAGES[error.type]);
};

/**
 * The same for a change, of which an unreachable database leaves open whether it was made: the command `look` shows
 * that.
 */
export const changedBy = async <Value>(
  change: ResultAsync<Value, Failure | StorageUnavailable>,
  look: "accounts show" | "accounts list" = "accounts show",
): Promise<Value> => {
  const settled = await change;
  if (settled.isOk() || settled.error.type !== "storage-unavailable") return found(change);
  const { cause } = settled.error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice = adviceOnRefusal(cause);
  if (advice !== undefined) {
    throw new CommandFailed(
      `PostgreSQL answered and refused: ${reason}\nNothing was changed. ${advice}`,
      EXIT.unreachable,
    );
  }
  const known = cause instanceof NotSentError || /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(reason);
  throw new CommandFailed(
    known
      ? `The database could not be reached: ${reason}\nNothing was changed. ${adviceOnSilence()}`
      : `The database was lost on the way: ${reason}\nThe change was made or not: look with \`${look}\` before you repeat it.`,
    EXIT.unreachable,
  );
};
