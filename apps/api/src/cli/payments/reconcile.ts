import {
  type BalanceTransactions,
  type Difference,
  type Mode,
  type Movement,
  moneyText,
  type ProcessorReference,
  type Reconciliation,
  reconcile,
} from "@payments/domain";
import type { Container } from "inversify";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { tell } from "../../terminal/wrap.ts";
import { withProcessors } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { found } from "../outcome.ts";
import { counted, hint, print, table } from "../output.ts";

const DAY_MS = 86_400_000;

interface Options extends JsonOption {
  /** Its start in UTC. */
  readonly day: Date;
  readonly mode?: Mode;
}

interface ModeReconciliation extends Reconciliation {
  readonly mode: Mode;
  /** Null: no configured processor lists the mode's transactions. */
  readonly processor: string | null;
}

const compare = async (container: Container, mode: Mode, day: Date): Promise<ModeReconciliation> => {
  const ledger: BalanceTransactions<Mode> | null = container.get(T.BalanceTransactions)[mode];
  const period = { from: day, to: new Date(day.getTime() + DAY_MS) };
  const recorded = await found(container.get(T.RecordedMovements).list(mode, period));
  if (ledger === null) return { mode, processor: null, matched: 0, differences: [], notCompared: recorded.length };
  const processor = await found(ledger.list(period));
  const isOwn = (reference: ProcessorReference) => ledger.isOwn(reference);
  return { mode, processor: ledger.name, ...reconcile(recorded, processor, isOwn) };
};

const isUnconfirmed = ({ processor, notCompared }: ModeReconciliation): boolean =>
  processor === null && notCompared > 0;

/** The chosen mode, or each mode that has a processor or recorded movements. */
const compareModes = async (container: Container, { mode: chosen, day }: Options): Promise<ModeReconciliation[]> => {
  const results: ModeReconciliation[] = [];
  for (const mode of chosen === undefined ? (["live", "test"] as const) : [chosen]) {
    const result = await compare(container, mode, day);
    if (result.processor !== null || isUnconfirmed(result)) results.push(result);
    else if (chosen) throw new CommandFailed(`No processor charges ${chosen} clients.`, EXIT.configuration);
  }
  return results;
};

/** What was not compared, and what to do. */
const warningOf = (result: ModeReconciliation): string | null => {
  const { mode, processor, notCompared } = result;
  if (notCompared === 0) return null;
  const count = `${mode}: ${counted(notCompared, "recorded movement")}`;
  return processor === null
    ? `${count}, and no processor is configured. Run the command with the settings of the service that charges ${mode} clients.`
    : `${count} of another processor than ${processor}, not compared. To compare them, run the command with the settings of that processor.`;
};

const toMoneyJson = (movement: Movement | null) =>
  movement && { amount: Number(movement.money.amount), currency: movement.money.currency };

const toJson = ({ kind, reference, recorded, processor }: Difference) => ({
  kind,
  reference,
  clientId: recorded?.clientId ?? null,
  paymentId: recorded?.paymentId ?? null,
  recorded: toMoneyJson(recorded),
  processor: toMoneyJson(processor),
});

const textOf = (movement: Movement | null): string => (movement === null ? "none" : moneyText(movement.money));

const rowOf = (mode: Mode, { kind, reference, recorded, processor }: Difference): readonly string[] => [
  ...[mode, kind, reference, textOf(recorded), textOf(processor)],
  ...[recorded?.clientId ?? "", recorded?.paymentId ?? ""],
];

const HEADING = ["MODE", "KIND", "REFERENCE", "RECORDED", "PROCESSOR", "CLIENT", "PAYMENT"];

/**
 * Compares a day of the processors' balances with our records. Fails if they differ, or if no processor can confirm
 * recorded movements, so that a job can alert.
 */
export const reconcileDay = async (options: Options): Promise<void> => {
  const { day, json } = options;
  const results = await withProcessors((container) => compareModes(container, options));
  const date = day.toISOString().slice(0, 10);
  const modes = results.map(({ differences, ...rest }) => ({ ...rest, differences: differences.map(toJson) }));
  const rows = results.flatMap(({ mode, differences }) => differences.map((difference) => rowOf(mode, difference)));
  print(json, { day: date, modes }, table(HEADING, rows));
  for (const result of json ? [] : results) {
    const { mode, processor, matched, differences } = result;
    const warning = warningOf(result);
    if (processor !== null) {
      hint(`${date}, ${processor}, ${mode}: ${matched} movements are equal, and ${differences.length} differ.`);
    }
    if (warning !== null) tell(warning);
  }
  if (rows.length > 0 || results.some(isUnconfirmed)) process.exitCode = EXIT.failed;
};
