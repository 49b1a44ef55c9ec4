import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { countPayments } from "@payments/adapters-postgres";
import type { ClientId, PaymentFilter, PaymentJson } from "@payments/domain";
import { stringify } from "csv-stringify/sync";
import { TOKENS as T } from "../../modules/tokens.ts";
import { tell } from "../../terminal/wrap.ts";
import { withContainer } from "../context.ts";
import { counted } from "../output.ts";
import { writePrivateFile } from "../private-file.ts";
import { startProgress } from "../progress.ts";
import { type FoundPayment, findPayments } from "./find-payments.ts";

type ExportFormat = "csv" | "jsonl";

interface Options extends PaymentFilter {
  readonly format: ExportFormat;
  readonly output?: string;
}

const PAGE_SIZE = 1_000;

const COLUMNS = [
  ...["id", "clientId", "mode", "amount", "currency", "description", "metadata", "status"],
  ...["amountCaptured", "amountRefunded", "amountDisputed", "fee", "createdAt"],
];

const asJsonLines = (page: readonly PaymentJson[]): string =>
  page.map((payment) => `${JSON.stringify(payment)}\n`).join("");

/** Formulas are escaped: a spreadsheet would run one that a client wrote into a description. */
const asCsv = (page: readonly PaymentJson[], isFirst: boolean): string =>
  stringify(
    page.map((payment) => ({ ...payment, metadata: JSON.stringify(payment.metadata) })),
    { columns: COLUMNS, header: isFirst, escape_formulas: true },
  );

async function* textOf(
  pages: AsyncIterable<readonly FoundPayment[]>,
  format: ExportFormat,
  onWritten: (payments: number) => void,
): AsyncGenerator<string> {
  let isFirst = true;
  for await (const found of pages) {
    const page = found.map(({ json }) => json);
    yield format === "csv" ? asCsv(page, isFirst) : asJsonLines(page);
    onWritten(page.length);
    isFirst = false;
  }
}

const toStdout = (text: AsyncIterable<string>): Promise<void> => pipeline(text, process.stdout, { end: false });

const toFile =
  (file: string) =>
  (text: AsyncIterable<string>): Promise<void> =>
    writePrivateFile(file, (handle) => writeFile(handle, text));

/** The payments of a client, or of all clients. */
export const exportPayments = async (id: ClientId | undefined, options: Options): Promise<void> => {
  const { format, output, ...filter } = options;
  const isVisible = output !== undefined || !process.stdout.isTTY;
  const file = output === undefined ? undefined : resolve(output);
  const write = file === undefined ? toStdout : toFile(file);
  let written = 0;
  await withContainer(async (container) => {
    const count = () => countPayments(container.get(T.Knex), id);
    const progress = await startProgress("Exporting payments", count, isVisible);
    try {
      const pages = findPayments(container, id, filter, { pageSize: PAGE_SIZE });
      const onWritten = (payments: number): void => {
        written += payments;
        progress.advance(payments);
      };
      await write(textOf(pages, format, onWritten));
    } finally {
      progress.stop();
    }
  });
  if (file !== undefined) tell(`Wrote ${counted(written, "payment")} to ${file}.`);
};
