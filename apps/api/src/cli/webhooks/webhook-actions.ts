import {
  type ClientId,
  type EventId,
  toWebhookDeliveryJson,
  toWebhookEndpointJson,
  type WebhookEndpoint,
  type WebhookEndpointId,
} from "@payments/domain";
import { TOKENS as T } from "../../modules/tokens.ts";
import { operator } from "../audit/operator-changes.ts";
import { withAuditedContainer, withContainer } from "../context.ts";
import type { JsonOption, YesOption } from "../options.ts";
import { changedBy, found } from "../outcome.ts";
import { print, table } from "../output.ts";
import { confirm } from "../prompt.ts";

const statusOf = ({ disabledReason }: WebhookEndpoint): string =>
  disabledReason === null ? "enabled" : `disabled (${disabledReason})`;

const LAST_DELIVERY = { limit: 1, after: null, before: null };

export const listEndpoints = async (client: ClientId, { json }: JsonOption): Promise<void> => {
  const listed = await withContainer(async (container) => {
    await found(container.get(T.ClientRepository).find(client));
    const endpoints = await found(container.get(T.WebhookEndpointRepository).list(client));
    const deliveries = container.get(T.WebhookDeliveries);
    return Promise.all(
      endpoints.map(async (endpoint) => {
        const [last] = (await found(deliveries.list(client, endpoint.id, LAST_DELIVERY))).items;
        return { endpoint, last };
      }),
    );
  });
  const shown = listed.map(({ endpoint, last }) => ({
    ...toWebhookEndpointJson(endpoint),
    lastDelivery: last === undefined ? null : toWebhookDeliveryJson(last),
  }));
  const rows = listed.map(({ endpoint, last }) => [
    endpoint.id,
    statusOf(endpoint),
    endpoint.url,
    endpoint.eventTypes?.join(" ") ?? "all",
    last === undefined ? "" : `${last.eventType} ${last.state}`,
  ]);
  print(json, { data: shown }, table(["ENDPOINT", "STATUS", "URL", "TYPES", "LAST DELIVERY"], rows));
};

export const disableEndpoint = async (
  client: ClientId,
  id: WebhookEndpointId,
  options: JsonOption & YesOption,
): Promise<void> => {
  await confirm(`Endpoint ${id} will receive no more events.`, options);
  const endpoint = await withAuditedContainer(async (container, changed) => {
    const endpoints = container.get(T.WebhookEndpointRepository);
    const now = container.get(T.Clock).now();
    const disabled = await changedBy(
      endpoints.update(client, id, { disabledReason: "operator" }, now, operator()),
      "webhooks list",
    );
    changed("webhook-endpoint-updated", client, { endpointId: id, disabledReason: "operator" });
    return disabled;
  });
  print(options.json, toWebhookEndpointJson(endpoint), [`Endpoint ${id} is disabled.`]);
};

export const resendDelivery = async (
  client: ClientId,
  endpoint: WebhookEndpointId,
  id: EventId,
  { json }: JsonOption,
): Promise<void> => {
  const delivery = await withContainer((container) =>
    found(container.get(T.WebhookDeliveries).resend(client, endpoint, id)),
  );
  print(json, toWebhookDeliveryJson(delivery), [`Event ${id} will be sent again.`]);
};
