import { type EventId, parseWebhookDeliveryId, parseWebhookEndpointId, type WebhookEndpointId } from "@payments/domain";
import { Command } from "commander";
import { CLIENT_ARGUMENT, JSON_OPTION, lazily, parsedBy, YES_OPTION } from "../options.ts";

const actions = () => import("./webhook-actions.ts");

const ENDPOINT_ARGUMENT = [
  "<endpoint>",
  "the endpoint's id, such as we_…",
  parsedBy<WebhookEndpointId>(parseWebhookEndpointId),
] as const;

export const webhooksCommand = (): Command =>
  new Command("webhooks")
    .description("see and stop the deliveries of events to clients")
    .addCommand(
      new Command("list")
        .description("list a client's webhook endpoints with their last deliveries")
        .argument(...CLIENT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).listEndpoints)),
    )
    .addCommand(
      new Command("disable")
        .description("stop the deliveries to an endpoint; the client can enable it again")
        .argument(...CLIENT_ARGUMENT)
        .argument(...ENDPOINT_ARGUMENT)
        .option(...YES_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).disableEndpoint)),
    )
    .addCommand(
      new Command("resend")
        .description("send an event to an endpoint again; a running service sends it")
        .argument(...CLIENT_ARGUMENT)
        .argument(...ENDPOINT_ARGUMENT)
        .argument("<event>", "the event's id, such as evt_…", parsedBy<EventId>(parseWebhookDeliveryId))
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).resendDelivery)),
    );

export const listenCommand = (): Command =>
  new Command("listen")
    .description("print a client's events as they happen, and forward them to a program on this machine")
    .argument(...CLIENT_ARGUMENT)
    .option("--forward-to <url>", "send each event to this URL as a webhook, such as http://127.0.0.1:4242/webhooks")
    .option("--json", "print each event as one line of JSON")
    .action(lazily(async () => (await import("./listen.ts")).listen));
