import { ok, type Result } from "neverthrow";
import { type FeeRule, NO_FEE } from "../money/fee.ts";
import type { ProcessorAccount } from "../payment/facts.ts";
import type { Brand } from "../shared/brand.ts";
import { type IdGenerator, toTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import { parseText } from "../shared/text.ts";
import { looksLikeApiKey } from "./api-key.ts";

/** A TypeID, such as `cli_01kdy42ag0e009retbhbxzcsj2`. A client adopted from an older table keeps the id that it has. */
export type ClientId = Brand<string, "ClientId">;
export type ClientName = Brand<string, "ClientName">;
export type EmailAddress = Brand<string, "EmailAddress">;

/** Keys of an inactive client do not authenticate. */
export type ClientStatus = "active" | "inactive";

/** Money moves in live mode only. A client has one mode for life; a test client's payments use a test processor. */
export type Mode = "live" | "test";

/** A company whose payments this service stores. Its API keys exist only in storage. */
export interface Client {
  readonly id: ClientId;
  readonly name: ClientName;
  readonly email: EmailAddress;
  readonly mode: Mode;
  readonly status: ClientStatus;
  /** Identifies the current API key; null for a client without one. */
  readonly keyHint: string | null;
  /** The platform's fee on the payments that the client creates from now on. */
  readonly fee: FeeRule;
  /** The client's account at the processor, on which its payments are charged. Null: they are the platform's. */
  readonly processorAccount: ProcessorAccount | null;
  /** Whether the processor allows charges on that account, as it last reported. */
  readonly processorChargesEnabled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The fields that an admin may change. An absent field stays unchanged. */
export interface ClientChanges {
  readonly name?: ClientName;
  readonly email?: EmailAddress;
  readonly status?: ClientStatus;
  readonly fee?: FeeRule;
}

/** What an admin may change, and what the processor reports about the client's account. */
export interface ClientUpdate extends ClientChanges {
  readonly processorAccount?: ProcessorAccount;
  readonly processorChargesEnabled?: boolean;
}

export interface ClientNotFound {
  readonly type: "client-not-found";
}

export const MAXIMUM_NAME_LENGTH = 200;
/** RFC 5321, section 4.5.3.1.3: the longest path without its angle brackets. */
export const MAXIMUM_EMAIL_LENGTH = 254;
const MAXIMUM_ID_LENGTH = 255;

const CONTROL_CHARACTER = /\p{Cc}/u;
const EMAIL = /^[^\s@<>(),;:\\"[\]]+@[^\s@<>(),;:\\"[\]]+$/u;

/** Two JSON objects in base64url, as at the start of a JSON Web Token (RFC 7519, section 3). */
const TOKEN = /^ey[\w-]+\.ey[\w-]+/;

/**
 * An adopted client's id is any text without spaces and control characters. A text that looks like an API key or an
 * admin's token is rejected: sent as an id by mistake, it would reach the log of a database that logs statements.
 */
export const parseClientId = (raw: string): Result<ClientId, InvalidValue> =>
  /^[^\s\p{Cc}]+$/u.test(raw) && raw.length <= MAXIMUM_ID_LENGTH && !looksLikeApiKey(raw) && !TOKEN.test(raw)
    ? ok(raw as ClientId)
    : invalidValue("must be the id of a client");

export const parseClientName = (raw: string): Result<ClientName, InvalidValue> =>
  parseText(raw, MAXIMUM_NAME_LENGTH).andThen((text) => {
    if (text.trim() === "") return invalidValue("must have at least one character that is not a blank");
    if (CONTROL_CHARACTER.test(text)) return invalidValue("must not contain control characters");
    return ok(text as ClientName);
  });

export const parseEmailAddress = (raw: string): Result<EmailAddress, InvalidValue> =>
  parseText(raw, MAXIMUM_EMAIL_LENGTH).andThen((text) =>
    EMAIL.test(text) && !CONTROL_CHARACTER.test(text)
      ? ok(text as EmailAddress)
      : invalidValue("must be an email address, such as ops@acme.example"),
  );

export const createClient = (
  fields: { readonly name: ClientName; readonly email: EmailAddress; readonly mode: Mode; readonly keyHint: string },
  ids: IdGenerator,
  now: Date,
): Client => ({
  id: toTypeId("cli", ids.next()) as ClientId,
  ...fields,
  status: "active",
  fee: NO_FEE,
  processorAccount: null,
  processorChargesEnabled: false,
  createdAt: now,
  updatedAt: now,
});

/** From storage. An unknown status counts as inactive, so that it cannot authenticate. */
export const rehydrateClient = (stored: {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly mode: string;
  readonly status: string | null;
  readonly keyHint: string | null;
  readonly fee: FeeRule;
  readonly processorAccount: string | null;
  readonly processorChargesEnabled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}): Client => ({
  id: stored.id as ClientId,
  name: (stored.name ?? "") as ClientName,
  email: (stored.email ?? "") as EmailAddress,
  mode: stored.mode === "test" ? "test" : "live",
  status: stored.status === "active" ? "active" : "inactive",
  keyHint: stored.keyHint,
  fee: stored.fee,
  processorAccount: stored.processorAccount as ProcessorAccount | null,
  processorChargesEnabled: stored.processorChargesEnabled,
  createdAt: stored.createdAt,
  updatedAt: stored.updatedAt,
});
