import { DEFAULT_PAGE_LIMIT, MAXIMUM_IDEMPOTENCY_KEY_LENGTH, MAXIMUM_PAGE_LIMIT } from "@payments/domain";
import { PROBLEMS, type ProblemKind } from "../problem/problem.ts";
import { VARIABLES } from "./code-samples/sample-request.ts";
import { problemExample } from "./problem-examples.ts";

const FIRST_PAYMENT = `## A first payment

1. Enter an admin token under **Authentication**, as \`adminToken\`. The command \`admin-token\` issues one.
2. Open [Create a client and its API key](#tag/clients/POST/accounts), press **Test Request** and send the request.
   Only this response shows the key. The page uses the key for the next requests and forgets it when you close the page.
3. Open [Create a payment](#tag/payments/POST/payments/create) and send the request. The payment belongs to the client
   of the key.

The page sends requests to this service only. The samples read their values from the environment:

| variable | value |
|---|---|
| \`${VARIABLES.url}\` | the URL of this service, with its base path |
| \`${VARIABLES.apiKey}\` | the API key of a client |
| \`${VARIABLES.adminToken}\` | an admin token |
| \`CLIENT_ID\`, \`PAYMENT_ID\` and others | the id in the path |`;

const IDEMPOTENCY = `## Idempotency

When a response is lost, you cannot know whether the payment was created. Send the header \`Idempotency-Key\` to make
retries safe:

| request | response |
|---|---|
| a new key | 201 with a new payment |
| the same key and the same body | 201 with the first payment and \`Idempotent-Replayed: true\` |
| the same key and another body | 422 \`idempotency-key-reused\` |
| two requests with the same key at the same time | both return the same payment |

Captures, cancellations and refunds accept the header too. Their keys are distinct from those of new payments.

A key has up to ${MAXIMUM_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters. Create it before the first attempt and keep it for all
retries. Keys are scoped to the client, not to the API key, so a retry after a rotation still replays. Keys never expire.

| outcome | was the payment stored? | retry |
|---|---|---|
| no response, 408, 500 | unknown | at once, then with increasing delays |
| 503 | sometimes unknown | after the seconds in \`Retry-After\` |
| 429 | no | after the seconds in \`Retry-After\` |
| 400 \`payment-method-unknown\` of Stripe | yes, as \`failed\` | with another token and a new key |
| any other 4xx | no | only after you correct the request |

A retry without a key can create a second payment or a second refund.`;

const checkout = (basePath: string): string => `## Charge in the sandbox

The sandbox charges the payments of test clients, and no money moves. \`paymentMethod\` selects the outcome:
[Create a payment](#tag/payments/POST/payments/create) lists the tokens. A decline is no HTTP error: \`status\` and
\`failure\` tell it.

| \`nextAction\` | what to do |
|---|---|
| \`{"type": "confirm", "clientSecret": "…"}\` | the payer chooses a payment method in the browser |
| \`{"type": "redirect", "url": "…"}\` | send the payer's browser to \`url\` |

To try it, create a payment without \`paymentMethod\`. Then open the [checkout of the sandbox](${basePath}/sandbox/checkout)
and enter the \`clientSecret\`. The payment's status changes at once.`;

const PAGINATION = `## Pagination

Lists are ordered newest first. \`limit\` sets the size of a page: 1 to ${MAXIMUM_PAGE_LIMIT}, by default ${DEFAULT_PAGE_LIMIT}.

\`\`\`json
{ "data": [], "hasMore": true, "next": "…", "previous": null }
\`\`\`

To read the next page, send the value of \`next\` as \`after\`. To go back, send \`previous\` as \`before\`. Both are null at
an end of the list. Do not build or parse these values. Items that are added while you read do not shift the pages.
A page can have fewer items than \`limit\` although \`hasMore\` is true.`;

const LIMITS = `## Limits

A client may send a number of requests per window of time. Every response to a client reports it:

| header | meaning |
|---|---|
| \`RateLimit: "client";r=5990;t=42\` | about 5990 requests remain, and the next window starts in 42 seconds |
| \`RateLimit-Policy: "client";q=6000;w=60\` | the quota is 6000 requests per 60 seconds |
| \`Retry-After: 42\` | with 429 and 503: wait 42 seconds |

A request over the limit returns 429 and was not processed. Failed authentications and requests without a credential are
limited per address. A body has at most 64 KiB.`;

const problemSection = ([code, { status, title, meaning, remedy }]: [string, ProblemKind]): string =>
  `### ${code}\n\n**${status} ${title}.** ${meaning}\n\n**What to do:** ${remedy}`;

const errors = (basePath: string): string => `## Errors

Errors are \`application/problem+json\` (RFC 9457):

\`\`\`json
${JSON.stringify(problemExample("invalid-request", basePath).value, null, 2)}
\`\`\`

Programs compare \`code\`, which never changes. The \`type\` of an error links to its description below. \`errors\` lists
all faults of the request. \`requestId\` identifies the request in the service's log.

${Object.entries<ProblemKind>(PROBLEMS)
  .sort(([, one], [, other]) => one.status - other.status)
  .map(problemSection)
  .join("\n\n")}`;

/** The guides of the reference page, in Markdown. */
export const guides = (basePath: string): string =>
  [FIRST_PAYMENT, checkout(basePath), IDEMPOTENCY, PAGINATION, LIMITS, errors(basePath)].join("\n\n");
