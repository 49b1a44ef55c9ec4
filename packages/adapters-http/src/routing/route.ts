import type {
  Actor,
  ApiKeyUsage,
  AuditLog,
  AuthenticatedClient,
  ChargePayment,
  ChargeRepository,
  ClientRepository,
  DisputeRepository,
  EventFeed,
  IdempotencyKey,
  InvalidValue,
  PageRequest,
  PaymentRepository,
  SigningKeys,
  WebhookDeliveries,
  WebhookEndpointRepository,
} from "@payments/domain";
import type { Result } from "neverthrow";
import type { z } from "zod";
import type { CachedApiKeys } from "../authentication/cached-api-key-authenticator.ts";
import type { Audit } from "../observability/audit.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Component } from "../openapi/component.ts";
import type { ProblemCode } from "../problem/problem.ts";
import type { RequestState } from "./context.ts";

/**
 * `health-check` is never rejected for the number of its requests, so its handler must be cheap.
 * `client-cached` accepts a cached key, so the handler's write must verify the client's credential. A handler may run
 * twice: see `ClientAuthentication.handleCached`.
 */
export type Authentication = "client" | "client-cached" | "admin" | "none" | "health-check";

export type Example = Readonly<Record<string, string | number>>;

export type UseCaseClass<UseCase> = abstract new (...dependencies: never[]) => UseCase;

/** Returns the instance of a use case. Routes call it once, when they are mounted. */
export type ResolveUseCase = <UseCase>(useCase: UseCaseClass<UseCase>) => UseCase;

export interface WebhookPorts {
  readonly endpoints: WebhookEndpointRepository;
  readonly deliveries: WebhookDeliveries;
  /** Sends due deliveries at once, instead of at the next poll. */
  wake(): void;
}

/** Why the service is not ready. */
export type NotReady = "database-away" | "migration-pending" | "read-only";

/** The ports that handlers call besides their use case. */
export interface HandlerDependencies {
  readonly clients: ClientRepository;
  readonly payments: PaymentRepository;
  readonly events: EventFeed;
  readonly disputes: DisputeRepository;
  readonly apiKeyUsage: ApiKeyUsage;
  readonly cachedApiKeys: Pick<CachedApiKeys, "forget">;
  readonly auditLog: AuditLog;
  readonly signingKeys: SigningKeys;
  readonly chargePayment: ChargePayment;
  readonly charges: ChargeRepository;
  readonly webhooks: WebhookPorts;
  /** How long a payment's response waits for the processor. */
  readonly processorAnswerMs: number;
  readonly checkReadiness: () => Promise<NotReady | null>;
  readonly metrics: Metrics;
  readonly audit: Audit;
}

/** A query parameter of a list. */
export interface FilterParameter<Value> {
  readonly parse: Parser<Value>;
  readonly schema: object;
  readonly description: string;
}

type Parser<Value> = (raw: string) => Result<Value, InvalidValue>;

/** The parsed request. A field is present if the route declares it. */
export interface RouteRequest<Auth extends Authentication, Id, Cursor, Body, Child = unknown, Filter = object> {
  readonly state: RequestState;
  readonly client: Auth extends "client" | "client-cached" ? AuthenticatedClient : undefined;
  /** For the audit events of changes. */
  readonly actor: Auth extends "client" | "admin" ? Actor : undefined;
  readonly id: Id;
  readonly childId: Child;
  readonly page: PageRequest<Cursor>;
  /** The filters that the request has. */
  readonly filter: Partial<Filter>;
  readonly body: Body;
  readonly idempotencyKey: IdempotencyKey | null;
}

export interface RouteResponse {
  readonly body?: object;
  /** The path of the created resource, without the base path. */
  readonly location?: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One route: its router entry, OpenAPI operation, reference page and samples follow from it. */
export interface RouteDeclaration<
  Auth extends Authentication,
  Id,
  Cursor,
  Schema extends z.ZodType,
  UseCase,
  Child = unknown,
  Filter = Record<string, unknown>,
> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** As in OpenAPI: `/payments/{id}`. */
  readonly path: `/${string}`;
  readonly authentication: Auth;
  readonly operationId: string;
  readonly tag:
    | "Clients"
    | "Audit events"
    | "Payments"
    | "Refunds"
    | "Disputes"
    | "Events"
    | "Webhook endpoints"
    | "Receipts"
    | "Operations"
    | "Sandbox";
  readonly summary: string;
  readonly description?: string;
  /** The method of `@payments/sdk` that sends this request. */
  readonly sdkMethod?: string;
  readonly request?: {
    /** The path's `{id}`. An id that cannot be parsed is absent. */
    readonly id?: { readonly parse: Parser<Id>; readonly absent: ProblemCode };
    /** A second id of the path. */
    readonly child?: { readonly parameter: string; readonly parse: Parser<Child>; readonly absent: ProblemCode };
    /** `limit`, `after` and `before`; parses the two cursors. */
    readonly page?: Parser<Cursor>;
    /** Query parameters beside those of the page. */
    readonly filter?: { readonly [Name in keyof Filter]: FilterParameter<Filter[Name]> };
    /** `limit` and `after`; parses the cursor. The list is read forward only, and `page.before` is null. */
    readonly feed?: Parser<Cursor>;
    /** A missing body counts as `{}` if `required` is false. */
    readonly body?: {
      readonly name: string;
      readonly schema: Schema;
      readonly required: boolean;
      readonly example: Example;
    };
    /** Describes the header `Idempotency-Key`, and accepts it. */
    readonly idempotencyKey?: string;
  };
  readonly response: {
    readonly status: 200 | 201 | 204;
    readonly body?: Component;
    /** Describes the headers that the handler sets. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** The use case that the handler executes. */
  readonly useCase?: UseCaseClass<UseCase>;
  /** Problems in addition to those of the authentication and of a body. */
  readonly problems?: readonly ProblemCode[];
  handler(
    request: RouteRequest<Auth, Id, Cursor, z.infer<Schema>, Child, Filter>,
    dependencies: HandlerDependencies & { readonly useCase: UseCase },
  ): Promise<RouteResponse>;
}

export type Route = RouteDeclaration<Authentication, unknown, unknown, z.ZodType, unknown>;

export const defineRoute = <Auth extends Authentication, Id, Cursor, Schema extends z.ZodType, UseCase, Child, Filter>(
  declaration: RouteDeclaration<Auth, Id, Cursor, Schema, UseCase, Child, Filter>,
): Route => declaration as unknown as Route;
