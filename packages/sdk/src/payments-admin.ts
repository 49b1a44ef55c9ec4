import type { ApiPromise } from "./api-promise.ts";
import { adminTokenCredential, type ConnectionOptions } from "./connection.ts";
import type { List } from "./list.ts";
import type {
  AuditEvent,
  Client,
  ClientChanges,
  ClientDetails,
  CreatedClient,
  NewClient,
  OnboardingLink,
  PageQuery,
  Payment,
  PaymentsQuery,
  RotatedApiKey,
} from "./routes.ts";
import { type CallOptions, Transport } from "./transport.ts";

export interface PaymentsAdminOptions extends ConnectionOptions {
  /**
   * An admin token, or a function that returns one. The function is called before every request, so cache valid tokens.
   * The timeouts of a call do not include it.
   */
  readonly adminToken: string | (() => string | Promise<string>);
}

export interface RotateApiKeyOptions extends CallOptions {
  /** How long the former key keeps working: 0 to 86400. Default: 0. */
  readonly overlapSeconds?: number;
  /** Ends the former key of an overlap that still runs. Default: false, and such a rotation fails with a 409. */
  readonly endFormerKey?: boolean;
}

export interface CreateClientOptions extends CallOptions {
  /**
   * A value that you choose for this client, up to 255 visible ASCII characters. A repeated call with the same key never
   * creates a second client, so the call is retried. Its result has `apiKey: null` if an earlier attempt created the
   * client: then issue a key with `apiKeys.rotate`.
   */
  readonly idempotencyKey?: string;
}

class Clients {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a client. Only this response shows its API key. */
  create(client: NewClient, options: CreateClientOptions = {}): ApiPromise<CreatedClient> {
    const repeatable = options.idempotencyKey !== undefined;
    return this.#transport.send("POST /accounts", { ...options, body: client, repeatable });
  }

  /** Also returns the last use of the client's keys. A rotation is finished when the former key is no longer used. */
  retrieve(id: string, options: CallOptions = {}): ApiPromise<ClientDetails> {
    return this.#transport.send("GET /accounts/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** All clients, newest first. */
  list(query: PageQuery = {}, options: CallOptions = {}): List<Client> {
    return this.#transport.list("GET /accounts", query, options);
  }

  /** Changes name, email, status or fee. Keys of an inactive client are rejected once this resolves. */
  update(id: string, changes: ClientChanges, options: CallOptions = {}): ApiPromise<Client> {
    return this.#transport.send("PATCH /accounts/{id}", { ...options, path: { id }, body: changes, repeatable: true });
  }

  /** Creates the client's connected account if it has none, and returns a link to the processor's form. */
  onboard(id: string, options: CallOptions = {}): ApiPromise<OnboardingLink> {
    return this.#transport.send("POST /accounts/{id}/onboarding", { ...options, path: { id }, repeatable: true });
  }

  /** The changes of a client and of what belongs to it, newest first. */
  listAuditEvents(id: string, query: PageQuery = {}, options: CallOptions = {}): List<AuditEvent> {
    return this.#transport.list("GET /accounts/{id}/audit-events", query, { ...options, path: { id } });
  }

  /** A client's payments, newest first. */
  listPayments(id: string, query: PaymentsQuery = {}, options: CallOptions = {}): List<Payment> {
    return this.#transport.list("GET /accounts/{id}/payments", query, { ...options, path: { id } });
  }
}

class ApiKeys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Issues or rotates the client's API key. Only this response shows it. */
  rotate(clientId: string, options: RotateApiKeyOptions = {}): ApiPromise<RotatedApiKey> {
    const { overlapSeconds = 0, endFormerKey = false, ...rest } = options;
    const request = { ...rest, path: { id: clientId }, body: { overlapSeconds, endFormerKey }, repeatable: false };
    return this.#transport.send("POST /accounts/{id}/api-key", request);
  }

  /** Ends a key in overlap, and only that key. It is rejected once this resolves. */
  endFormer(clientId: string, options: CallOptions = {}): ApiPromise<undefined> {
    return this.#transport.send("DELETE /accounts/{id}/former-api-key", {
      ...options,
      path: { id: clientId },
      repeatable: true,
    });
  }

  /** Revokes the client's API key and a key in overlap. Both are rejected once this resolves. */
  revoke(clientId: string, options: CallOptions = {}): ApiPromise<undefined> {
    return this.#transport.send("DELETE /accounts/{id}/api-key", {
      ...options,
      path: { id: clientId },
      repeatable: true,
    });
  }
}

class AuditEvents {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The changes of all clients, newest first. */
  list(query: PageQuery = {}, options: CallOptions = {}): List<AuditEvent> {
    return this.#transport.list("GET /audit-events", query, options);
  }
}

/**
 * The API for an admin, with the errors of `PaymentsClient`. `apiKeys.rotate`, and `clients.create` without an
 * idempotency key, are retried only after a 429: a retry after an unknown outcome could create a second client, or end a
 * key that is in use. After such an error, check with `clients.list` or `clients.retrieve` before you call again.
 */
export class PaymentsAdmin {
  readonly clients: Clients;
  readonly apiKeys: ApiKeys;
  readonly auditEvents: AuditEvents;

  /** @throws TypeError for an invalid option. */
  constructor(options: PaymentsAdminOptions) {
    const { adminToken } = options;
    const credential = typeof adminToken === "function" ? null : adminTokenCredential(adminToken);
    const provide = async () =>
      credential ?? adminTokenCredential(await (adminToken as () => string | Promise<string>)());
    const transport = new Transport(options, provide);
    this.clients = new Clients(transport);
    this.apiKeys = new ApiKeys(transport);
    this.auditEvents = new AuditEvents(transport);
  }
}
