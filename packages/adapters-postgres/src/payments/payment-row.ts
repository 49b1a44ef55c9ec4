import { type Payment, rehydratePayment } from "@payments/domain";

export interface PaymentRow {
  readonly client_id: string;
  readonly id: string;
  /** PostgreSQL's bigint, which a JavaScript number can't hold. */
  readonly amount: string;
  readonly currency: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created_at: Date;
}

export const PAYMENT_COLUMNS = [
  "client_id",
  "id",
  "amount",
  "currency",
  "description",
  "metadata",
  "created_at",
] as const;

export const toPayment = ({ id: uuid, client_id: clientId, created_at: createdAt, ...row }: PaymentRow): Payment =>
  rehydratePayment({ ...row, uuid, clientId, createdAt });
