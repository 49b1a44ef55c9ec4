import { randomBytes } from "node:crypto";
import type Stripe from "stripe";
import type { FakeMode, Ledger } from "./ledger.ts";
import { type Mutable, newAccount } from "./objects.ts";
import type { Parameters, Shape } from "./request-parameters.ts";
import { invalid, StripeFault } from "./stripe-fault.ts";

const CAPABILITY: Shape = { fields: { requested: "boolean" } };

export const CREATE_ACCOUNT: Shape = {
  fields: {
    type: "string",
    country: "string",
    email: "string",
    capabilities: { fields: { card_payments: CAPABILITY, transfers: CAPABILITY } },
    metadata: "map",
    expand: "list",
  },
};
export const CREATE_ACCOUNT_LINK: Shape = {
  required: ["account", "type"],
  fields: { account: "string", type: "string", refresh_url: "string", return_url: "string", expand: "list" },
};

const LINK_LIFETIME_SECONDS = 300;

/** The connected accounts of the platform in one mode. */
export class Accounts {
  /** Where the links' pages send clients back to, oldest first. */
  readonly links: { readonly returnUrl: string; readonly refreshUrl: string }[] = [];
  readonly #accounts = new Map<string, Mutable<Stripe.Account>>();
  readonly #mode: FakeMode;
  readonly #ledgerOf: (account: string) => Ledger;

  constructor(mode: FakeMode, ledgerOf: (account: string) => Ledger) {
    this.#mode = mode;
    this.#ledgerOf = ledgerOf;
  }

  create(given: Parameters, seconds: number): Stripe.Account {
    const type = given.text("type") ?? "standard";
    if (!["express", "standard", "custom"].includes(type)) throw invalid("Invalid type", undefined, "type");
    const account = newAccount(type as Stripe.Account["type"], given.map("metadata"), seconds);
    account.email = given.text("email");
    this.#accounts.set(account.id, account);
    return account;
  }

  all(): Iterable<Stripe.Account> {
    return this.#accounts.values();
  }

  /** As Stripe: an account of another platform looks like one that does not exist. */
  get(id: string): Mutable<Stripe.Account> {
    const account = this.#accounts.get(id);
    if (account !== undefined) return account;
    throw new StripeFault(403, {
      type: "invalid_request_error",
      code: "account_invalid",
      message: `The provided key does not have access to account '${id}' (or that account does not exist).`,
    });
  }

  requireCharges(id: string): void {
    if (!this.get(id).charges_enabled) throw invalid(`Your account cannot currently make ${this.#mode} charges.`);
  }

  link(given: Parameters, seconds: number): Stripe.AccountLink {
    const { id } = this.get(given.text("account") ?? "");
    for (const name of ["refresh_url", "return_url"]) {
      if (!URL.canParse(given.text(name) ?? "")) throw invalid(`Not a valid URL: ${name}`, "url_invalid", name);
    }
    this.links.push({ returnUrl: given.text("return_url") ?? "", refreshUrl: given.text("refresh_url") ?? "" });
    return {
      object: "account_link",
      created: seconds,
      expires_at: seconds + LINK_LIFETIME_SECONDS,
      url: `https://connect.stripe.com/setup/e/${id}/${randomBytes(8).toString("hex")}`,
    };
  }

  /** The client fills in the form, and Stripe accepts the details. */
  complete(id: string): Stripe.Account {
    const capabilities = { card_payments: "active", transfers: "active" } as const;
    return this.#update(id, { charges_enabled: true, payouts_enabled: true, details_submitted: true, capabilities });
  }

  /** Stripe suspends the account. */
  disable(id: string): Stripe.Account {
    return this.#update(id, { charges_enabled: false, payouts_enabled: false });
  }

  /** The client revokes the platform's access in its dashboard. */
  deauthorize(id: string): void {
    this.get(id);
    this.#accounts.delete(id);
    this.#ledgerOf(id).emit("account.application.deauthorized", { id: "ca_fake", object: "application", name: null });
  }

  #update(id: string, changes: Partial<Mutable<Stripe.Account>>): Stripe.Account {
    const account = Object.assign(this.get(id), changes);
    this.#ledgerOf(id).emit("account.updated", account);
    return account;
  }
}
