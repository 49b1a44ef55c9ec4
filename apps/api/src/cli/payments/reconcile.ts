import {
  type BalanceTransactions,
  type Difference,
  type Mode,
  type Movement,
  moneyText,
  type Reconciliation,
  reconcile,
} from "@payments/domain";
import type { Container } from "inversify";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { withProcessors } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { found } from "../outcome.ts";
import { hint, print, table } from "../output.ts";

const DAY_MS = 86_400_000;

interface Options extends JsonOption {
  /** Its start in UTC. */
  readonly day: Date;
  readonly mode?: Mode;
}

interface ModeReconciliation extends Reconciliation {
  readonly mode: Mode;
  readonly processor: string;
}

const compare = async (container: Container, mode: Mode, day: Date): Promise<ModeReconciliation> => {
  const ledger: BalanceTransactions<Mode> | null = container.get(T.BalanceTransactions)[mode];
  if (ledger === null) {
    throw new CommandFailed(
      `The processor of ${mode} clients does not list its balance transactions, so nothing was compared.`,
    );
  }
  const period = { from: day, to: new Date(day.getTime() + DAY_MS) };
  const recorded = await found(container.get(T.RecordedMovements).list(mode, period));
  return { mode, processor: ledger.name, ...reconcile(recorded, await found(ledger.list(period))) };
};

/** The chosen mode, or every mode with a processor. */
const modesOf = (container: Container, chosen: Mode | undefined): readonly Mode[] => {
  const processors = container.get(T.Processors);
  const modes = (["live", "test"] as const).filter((mode) => processors[mode] !== null);
  if (chosen === undefined) return modes;
  if (!modes.includes(chosen)) throw new CommandFailed(`No processor charges ${chosen} clients.`, EXIT.configuration);
  return [chosen];
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

/** Compares a day of the processors' balances with our records. Fails if they differ, so that a job can alert. */
export const reconcileDay = async ({ day, mode: chosen, json }: Options): Promise<void> => {
  const results = await withProcessors(async (container) => {
    const compared: ModeReconciliation[] = [];
    for (const mode of modesOf(container, chosen)) compared.push(await compare(container, mode, day));
    return compared;
  });
  const date = day.toISOString().slice(0, 10);
  const modes = results.map(({ differences, ...rest }) => ({ ...rest, differences: differences.map(toJson) }));
  const rows = results.flatMap(({ mode, differences }) => differences.map((difference) => rowOf(mode, difference)));
  print(json, { day: date, modes }, table(HEADING, rows));
  if (!json) {
    for (const { mode, processor, matched, differences } of results) {
      hint(`${date}, ${processor}, ${mode}: ${matched} movements are equal, and ${differences.length} differ.`);
    }
  }
  if (rows.length > 0) process.exitCode = EXIT.failed;
};
