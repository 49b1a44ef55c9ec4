import {
  type AnyOperation,
  type ClientId,
  moneyText,
  type OperationId,
  type ProcessorReference,
  ReviewOperation,
  type ReviewReason,
} from "@payments/domain";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { operator } from "../audit/operator-changes.ts";
import { withAuditedProcessors, withContainer } from "../context.ts";
import type { JsonOption, YesOption } from "../options.ts";
import { changedBy, found } from "../outcome.ts";
import { print, table } from "../output.ts";
import { confirm } from "../prompt.ts";

interface Options extends JsonOption, YesOption {
  readonly limit: number;
  readonly as?: "succeeded" | "declined";
  readonly reason?: ReviewReason;
  readonly processorPayment?: ProcessorReference;
}

const toOperationJson = (operation: AnyOperation) => {
  const { id, clientId, paymentId, mode, kind, account, plannedAt } = operation;
  const money = "money" in operation ? operation.money : null;
  return {
    ...{ id, clientId, paymentId, mode, kind },
    amount: money && Number(money.amount),
    currency: money?.currency ?? null,
    account,
    processorPayment: operation.kind === "authorize" ? null : operation.payment,
    plannedAt: plannedAt.toISOString(),
  };
};

const listReviews = async ({ limit, json }: Options): Promise<void> => {
  const operations = await withContainer((container) => found(container.get(T.OperationReviews).list(limit)));
  const rows = operations.map((operation) => [
    operation.id,
    operation.clientId,
    operation.paymentId,
    operation.kind,
    "money" in operation ? moneyText(operation.money) : "",
    operation.plannedAt.toISOString(),
  ]);
  const heading = ["OPERATION", "CLIENT", "PAYMENT", "KIND", "AMOUNT", "PLANNED"];
  print(json, { data: operations.map(toOperationJson) }, table(heading, rows));
};

const resolveReview = async (client: ClientId, id: OperationId, options: Options): Promise<void> => {
  const { as: outcome, reason, processorPayment: payment = null, json } = options;
  if (outcome === undefined || reason === undefined) {
    throw new CommandFailed("A decision needs --as and --reason.", EXIT.usage);
  }
  await confirm(`Operation ${id} will be ${outcome} for good.`, options);
  const charge = await withAuditedProcessors(async (container, changed) => {
    const decided = container.get(ReviewOperation).execute(client, id, { outcome, reason, payment }, operator());
    const made = await changedBy(decided, "payments show");
    changed("operation-reviewed", client, { operationId: id, outcome, reason });
    return made;
  });
  const { paymentId } = charge.authorization;
  const { status } = charge.state;
  print(json, { id, outcome, paymentId, status }, [
    `Operation ${id} is ${outcome}. Payment ${paymentId} is ${status}.`,
  ]);
};

/** Lists the operations that need a decision, or takes one. */
export const review = async (
  client: ClientId | undefined,
  id: OperationId | undefined,
  options: Options,
): Promise<void> => {
  if (client === undefined) return listReviews(options);
  if (id === undefined) throw new CommandFailed("Name the operation too, as `payments review` lists it.", EXIT.usage);
  await resolveReview(client, id, options);
};
