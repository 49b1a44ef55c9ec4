import { createServer } from "node:http";
import { listen } from "./free-port.ts";

/** The fields of a span that tests check. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** 2 is an error (opentelemetry-proto, trace.proto). */
  readonly status: number;
  readonly service: string;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** All received bodies. */
  readonly bodies: readonly string[];
  close(): void;
}

type Pairs = readonly { readonly key: string; readonly value: { stringValue?: string; intValue?: number } }[];

const toRecord = (pairs: Pairs = []): Record<string, string | number> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));

// biome-ignore lint/suspicious/noExplicitAny: the protocol's JSON; each test checks the fields it needs
const spansIn = (body: any): ReceivedSpan[] =>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  body.resourceSpans.flatMap(({ resource, scopeSpans }: any) =>
    // biome-ignore lint/suspicious/noExplicitAny: as above
    scopeSpans.flatMap(({ spans }: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: as above
      spans.map((span: any) => ({
        ...span,
        attributes: toRecord(span.attributes),
        status: span.status?.code ?? 0,
        service: toRecord(resource.attributes)["service.name"],
      })),
    ),
  );

/** A collector that stores the spans it receives at `/v1/traces` as JSON (OTLP/HTTP). */
export const startOtlpReceiver = async (): Promise<OtlpReceiver> => {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const accepted = request.url === "/v1/traces" && request.headers["content-type"] === "application/json";
    if (accepted) {
      bodies.push(Buffer.concat(chunks).toString());
      spans.push(...spansIn(JSON.parse(bodies.at(-1) ?? "")));
    }
    response.writeHead(accepted ? 200 : 404, { "content-type": "application/json" }).end("{}");
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    spans,
    bodies,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
