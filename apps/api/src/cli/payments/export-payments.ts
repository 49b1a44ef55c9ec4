import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { countPayments } from "@payments/adapters-postgres";
import {
  type ChargeRepository,
  type Client,
  type ClientId,
  type Page,
  type Payment,
  type PaymentId,
  type PaymentJson,
  type PaymentRepository,
  toPaymentJson,
} from "@payments/domain";
import { stringify } from "csv-stringify/sync";
import { TOKENS as T } from "../../modules/tokens.ts";
import { withContainer } from "../context.ts";
import { found } from "../outcome.ts";
import { writePrivateFile } from "../private-file.ts";
import { startProgress } from "../progress.ts";

type ExportFormat = "csv" | "jsonl";

interface Options {
  readonly format: ExportFormat;
  readonly output?: string;
}

const PAGE_SIZE = 1_000;

const COLUMNS = ["id", "clientId", "amount", "currency", "description", "metadata", "status", "createdAt"];

/** Pages from the newest payment on. Payments created meanwhile are newer, so no page boundary moves. */
async function* pagesOf(
  payments: PaymentRepository,
  charges: ChargeRepository,
  { id, mode }: Client,
): AsyncGenerator<readonly PaymentJson[]> {
  for (let after: PaymentId | null | undefined; after !== null; ) {
    const page: Page<Payment, PaymentId> = await found(
      payments.list(id, { limit: PAGE_SIZE, after: after ?? null, before: null }),
    );
    const charged = await found(
      charges.find(
        id,
        page.items.map((payment) => payment.id),
      ),
    );
    yield page.items.map((payment) => toPaymentJson(payment, mode, charged.get(payment.id)));
    after = page.next;
  }
}

const asJsonLines = (page: readonly PaymentJson[]): string =>
  page.map((payment) => `${JSON.stringify(payment)}\n`).join("");

/** Formulas are escaped: a spreadsheet would run one that a client wrote into a description. */
const asCsv = (page: readonly PaymentJson[], isFirst: boolean): string =>
  stringify(
    page.map((payment) => ({ ...payment, metadata: JSON.stringify(payment.metadata) })),
    { columns: COLUMNS, header: isFirst, escape_formulas: true },
  );

async function* textOf(
  pages: AsyncIterable<readonly PaymentJson[]>,
  format: ExportFormat,
  onWritten: (payments: number) => void,
): AsyncGenerator<string> {
  let isFirst = true;
  for await (const page of pages) {
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

export const exportPayments = async (id: ClientId, { format, output }: Options): Promise<void> => {
  const isVisible = output !== undefined || !process.stdout.isTTY;
  const file = output === undefined ? undefined : resolve(output);
  const write = file === undefined ? toStdout : toFile(file);
  let written = 0;
  await withContainer(async (container) => {
    const client = await found(container.get(T.ClientRepository).find(id));
    const count = () => countPayments(container.get(T.Knex), id);
    const progress = await startProgress("Exporting payments", count, isVisible);
    try {
      const pages = pagesOf(container.get(T.PaymentRepository), container.get(T.ChargeRepository), client);
      const onWritten = (payments: number): void => {
        written += payments;
        progress.advance(payments);
      };
      await write(textOf(pages, format, onWritten));
    } finally {
      progress.stop();
    }
  });
  if (file !== undefined) console.error(`Wrote ${written} ${written === 1 ? "payment" : "payments"} to ${file}.`);
};
