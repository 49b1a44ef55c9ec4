import type { ConnectionOptions } from "./connection-options.ts";
import { adminTokenCredential } from "./credential.ts";
import { List } from "./list.ts";
import { pageAfter } from "./payments-client.ts";
import type {
  Account,
  AccountChanges,
  AccountDetails,
  CreatedAccount,
  NewAccount,
  PageQuery,
  Payment,
  RotatedApiKey,
} from "./routes.ts";
import { type CallOptions, Transport } from "./transport.ts";

export interface PaymentsAdminOptions extends ConnectionOptions {
  /**
   * An admin token, or what provides one. It is asked before every request, so let it remember a token that is good. The
   * time limits of a call don't bound it.
   */
  readonly adminToken: string | (() => string | Promise<string>);
}

export interface RotateApiKeyOptions extends CallOptions {
  /** How long the former key keeps working, in seconds: 0, the default, to 86400. */
  readonly overlapSeconds?: number;
}

/**
 * What an admin does. Errors are those of `PaymentsClient`. Creating an account and rotating a key are not repeated
 * after a request of which nobody knows whether it was carried out: a second one would make a second account, or end
 * the overlap of the key in use. Look with `listAccounts` or `readAccount`, then call again.
 */
export class PaymentsAdmin {
  readonly #transport: Transport;

  /** @throws TypeError for options that can't be right. */
  constructor(options: PaymentsAdminOptions) {
    const { adminToken } = options;
    if (typeof adminToken === "function") {
      this.#transport = new Transport(options, async () => adminTokenCredential(await adminToken()));
    } else {
      const credential = adminTokenCredential(adminToken);
      this.#transport = new Transport(options, async () => credential);
    }
  }

  /** Creates a client. The answer is the one place where its API key is ever shown. */
  async createAccount(account: NewAccount, options: CallOptions = {}): Promise<CreatedAccount> {
    return this.#transport.send("POST /accounts", { ...options, body: account, repeatable: false });
  }

  /** Also says when the keys were last used: a rotation is finished once the former key is not. */
  async readAccount(id: string, options: CallOptions = {}): Promise<AccountDetails> {
    return this.#transport.send("GET /accounts/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** All accounts, newest first, from where the query says. */
  listAccounts(query: PageQuery = {}, options: CallOptions = {}): List<Account> {
    return new List((after) =>
      this.#transport.send("GET /accounts", { ...options, query: pageAfter(query, after), repeatable: true }),
    );
  }

  /** Changes name, email or status. A client made inactive is locked out once this returns. */
  async updateAccount(id: string, changes: AccountChanges, options: CallOptions = {}): Promise<Account> {
    return this.#transport.send("PATCH /accounts/{id}", { ...options, path: { id }, body: changes, repeatable: true });
  }

  /** Issues or rotates the API key, which is shown in this answer and never again. */
  async rotateApiKey(id: string, options: RotateApiKeyOptions = {}): Promise<RotatedApiKey> {
    const { overlapSeconds = 0, ...rest } = options;
    const body = { overlapSeconds };
    return this.#transport.send("POST /accounts/{id}/api-key", { ...rest, path: { id }, body, repeatable: false });
  }

  /** Revokes the API key, and one that overlaps it. It works no more once this returns. */
  async revokeApiKey(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.send("DELETE /accounts/{id}/api-key", { ...options, path: { id }, repeatable: true });
  }

  /** A client's payments, newest first, from where the query says. */
  listAccountPayments(id: string, query: PageQuery = {}, options: CallOptions = {}): List<Payment> {
    return new List((after) =>
      this.#transport.send("GET /accounts/{id}/payments", {
        ...options,
        path: { id },
        query: pageAfter(query, after),
        repeatable: true,
      }),
    );
  }
}
