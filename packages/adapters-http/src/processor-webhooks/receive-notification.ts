import type { NotificationNotAuthentic, ReceiveNotification, ReceiveNotificationError } from "@payments/domain";
import type { AnonymousLimit } from "../authentication/network-limit.ts";
import { PROBLEMS, Problem } from "../problem/problem.ts";
import type { Context } from "../routing/context.ts";
import { readBytes } from "../server/read-json.ts";

/** Where a processor sends its webhooks. */
export interface NotificationReceiver {
  readonly receive: ReceiveNotification;
  /** Called after a notification was stored. */
  onStored(): void;
}

const REASONS: Readonly<Record<NotificationNotAuthentic["reason"], string>> = {
  "signature-missing": "The notification has no signature.",
  "signature-wrong": "The signature matches none of the secrets.",
  "timestamp-outside-tolerance": "The signature is more than 5 minutes old, or a clock is wrong.",
};

const problemOf = (error: ReceiveNotificationError): Problem => {
  switch (error.type) {
    case "notification-not-authentic":
      return new Problem(error.type, { detail: `${REASONS[error.reason]} ${PROBLEMS[error.type].detail}` });
    case "notification-malformed":
      return new Problem("malformed-body");
    default:
      return new Problem("service-unavailable", { cause: error.cause });
  }
};

const headersOf = (ctx: Context): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(ctx.req.headers).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

/**
 * A route for a processor: its body is read as bytes, because the signature covers them, so it is no declared route.
 * An authentic notification counts for no limit: a processor sends many from few addresses.
 */
export const receiveNotification =
  (receivers: readonly NotificationReceiver[], anonymous: AnonymousLimit) =>
  async (ctx: Context): Promise<void> => {
    const receiver = receivers.find(({ receive }) => receive.processor === ctx.params["processor"]);
    if (receiver === undefined) {
      anonymous.charge(ctx);
      throw new Problem("not-found");
    }
    const body = await readBytes(ctx).catch((error: unknown) => {
      anonymous.charge(ctx);
      throw error;
    });
    const result = await receiver.receive.execute(body, headersOf(ctx));
    if (result.isErr()) {
      if (result.error.type !== "storage-unavailable") anonymous.charge(ctx);
      throw problemOf(result.error);
    }
    if (result.value) receiver.onStored();
    ctx.body = { received: true };
  };
