import { setTimeout as sleep } from "node:timers/promises";
import { CsprngWebhookSecretGenerator } from "@payments/adapters-crypto";
import { UndiciWebhookSender } from "@payments/adapters-webhooks";
import {
  type AttemptOutcome,
  type ClientEvent,
  type ClientId,
  type EventCursor,
  type EventFeed,
  type EventPage,
  toEventJson,
  type WebhookSecret,
  type WebhookUrl,
} from "@payments/domain";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { tell } from "../../terminal/wrap.ts";
import { withContainer } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { found } from "../outcome.ts";
import { print } from "../output.ts";

const POLL_MS = 300;
const PAGE_SIZE = 100;

interface ListenOptions extends JsonOption {
  readonly forwardTo?: string;
}

interface Forward {
  readonly sender: UndiciWebhookSender;
  readonly url: WebhookUrl;
  readonly secret: WebhookSecret;
}

/** Prints the session's secret on stderr. The receiver verifies the forwarded events with it. */
const startForward = (raw: string): Forward => {
  const sender = new UndiciWebhookSender({ allowedNetworks: [], plainHttpToLoopback: true });
  const url = sender.parseUrl(raw);
  if (url.isErr())
    throw new CommandFailed(`--forward-to ${url.error.detail}, or an http URL of this machine.`, EXIT.usage);
  const secret = new CsprngWebhookSecretGenerator().generate();
  tell(`Forwarding to ${url.value}\nThe secret of this session: ${secret}`);
  return { sender, url: url.value, secret };
};

const resultOf = (outcome: AttemptOutcome): string =>
  outcome.type === "responded" ? `responded ${outcome.status}` : `failed: ${outcome.reason}`;

const forwarded = async ({ sender, url, secret }: Forward, event: ClientEvent): Promise<string> => {
  const body = JSON.stringify(toEventJson(event));
  const sent = await sender.send({ url, id: event.id, sentAt: new Date(), body, secrets: [secret] });
  return sent.match(resultOf, resultOf);
};

const show = async (event: ClientEvent, json: boolean | undefined, forward: Forward | null): Promise<void> => {
  const result = forward === null ? "" : await forwarded(forward, event);
  const row = [event.createdAt.toISOString(), event.type, event.id, event.paymentId ?? "", result];
  print(json, toEventJson(event), [row.filter((field) => field !== "").join("  ")]);
};

/** The place after the last event. */
const endOf = async (feed: EventFeed, client: ClientId): Promise<EventCursor | null> => {
  let after: EventCursor | null = null;
  for (;;) {
    const page: EventPage = await found(feed.list(client, { limit: PAGE_SIZE, after }));
    if (page.events.length === 0) return after;
    after = page.next;
  }
};

export const listen = async (client: ClientId, { forwardTo, json }: ListenOptions): Promise<void> => {
  const stopping = new AbortController();
  const { signal } = stopping;
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  await withContainer(async (container) => {
    await found(container.get(T.ClientRepository).find(client));
    const forward = forwardTo === undefined ? null : startForward(forwardTo);
    const feed = container.get(T.EventFeed);
    let after = await endOf(feed, client);
    tell(`Listening to the events of ${client}. Ctrl-C ends.`);
    while (!signal.aborted) {
      const page = await found(feed.list(client, { limit: PAGE_SIZE, after }));
      for (const event of page.events) await show(event, json, forward);
      after = page.next;
      if (page.events.length === 0) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    await forward?.sender.close();
  });
};
