export { isNetwork } from "./allowed-addresses.ts";
export { UndiciWebhookSender, type UndiciWebhookSenderOptions } from "./undici-webhook-sender.ts";
