import type { ApiPromise } from "./api-promise.ts";
import type { List } from "./list.ts";
import type {
  NewWebhookEndpoint,
  PageQuery,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointChanges,
  WebhookEndpointWithSecret,
} from "./routes.ts";
import type { CallOptions, Transport } from "./transport.ts";

export interface RotateWebhookSecretOptions extends CallOptions {
  /** How long the former secret signs too: 0 to 86400. Default: 0. */
  readonly overlapSeconds?: number;
}

/** The URLs that receive the client's events. */
export class WebhookEndpoints {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Registers a URL. Only this response shows its secret. After an unknown outcome, list the endpoints. */
  create(endpoint: NewWebhookEndpoint, options: CallOptions = {}): ApiPromise<WebhookEndpointWithSecret> {
    return this.#transport.send("POST /webhook-endpoints", { ...options, body: endpoint, repeatable: false });
  }

  /** The client's endpoints, newest first. */
  list(query: PageQuery = {}, options: CallOptions = {}): List<WebhookEndpoint> {
    return this.#transport.list("GET /webhook-endpoints", query, options);
  }

  retrieve(id: string, options: CallOptions = {}): ApiPromise<WebhookEndpoint> {
    return this.#transport.send("GET /webhook-endpoints/{id}", { ...options, path: { id }, repeatable: true });
  }

  /** Changes URL, types, description or status. */
  update(id: string, changes: WebhookEndpointChanges, options: CallOptions = {}): ApiPromise<WebhookEndpoint> {
    const call = { ...options, path: { id }, body: changes, repeatable: true };
    return this.#transport.send("PATCH /webhook-endpoints/{id}", call);
  }

  delete(id: string, options: CallOptions = {}): ApiPromise<undefined> {
    return this.#transport.send("DELETE /webhook-endpoints/{id}", { ...options, path: { id }, repeatable: false });
  }

  /** Replaces the secret. Only this response shows it. */
  rotateSecret(id: string, options: RotateWebhookSecretOptions = {}): ApiPromise<WebhookEndpointWithSecret> {
    const { overlapSeconds = 0, ...rest } = options;
    const call = { ...rest, path: { id }, body: { overlapSeconds }, repeatable: false };
    return this.#transport.send("POST /webhook-endpoints/{id}/rotate-secret", call);
  }

  /** Sends an event of type `webhook_endpoint.test`. */
  test(id: string, options: CallOptions = {}): ApiPromise<WebhookDelivery> {
    const call = { ...options, path: { id }, repeatable: false };
    return this.#transport.send("POST /webhook-endpoints/{id}/test", call);
  }

  /** What was sent to the endpoint, with the responses, newest first. */
  listDeliveries(id: string, query: PageQuery = {}, options: CallOptions = {}): List<WebhookDelivery> {
    return this.#transport.list("GET /webhook-endpoints/{id}/deliveries", query, { ...options, path: { id } });
  }

  /** Sends a delivery again. */
  resendDelivery(id: string, deliveryId: string, options: CallOptions = {}): ApiPromise<WebhookDelivery> {
    const call = { ...options, path: { id, deliveryId }, repeatable: true };
    return this.#transport.send("POST /webhook-endpoints/{id}/deliveries/{deliveryId}/resend", call);
  }

  /** Sends the events from `since` on again. */
  replay(id: string, request: { readonly since: string }, options: CallOptions = {}): ApiPromise<undefined> {
    const call = { ...options, path: { id }, body: request, repeatable: true };
    return this.#transport.send("POST /webhook-endpoints/{id}/replay", call);
  }
}
