import { exponentOf, type Payment } from "@payments/domain";

/** The amount in the currency's major unit, such as `12.50 EUR`. */
export const amountOf = ({ money: { amount, currency } }: Payment): string => {
  const exponent = exponentOf(currency);
  const digits = amount.toString().padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return `${exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`} ${currency}`;
};

/** A payment, for people. */
export const paymentFacts = (payment: Payment): [string, string][] => [
  ["payment", payment.id],
  ["account", payment.clientId],
  ["amount", amountOf(payment)],
  ["description", payment.description ?? ""],
  ...Object.entries(payment.metadata).map(([key, value]): [string, string] => [`metadata ${key}`, value]),
  ["status", payment.status],
  ["created", payment.createdAt.toISOString()],
];
