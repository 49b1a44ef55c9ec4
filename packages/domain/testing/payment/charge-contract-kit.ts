import { beforeEach } from "@jest/globals";
import {
  type Actor,
  type AnyAuthorization,
  type AnyOperation,
  type ApiKeyAuthenticator,
  type AuditLog,
  type Charge,
  type ChargeRepository,
  type ClientRepository,
  createOperationId,
  createRefundId,
  type DisputeRepository,
  type EventFeed,
  type Fact,
  type OperationState,
  type Payment,
  type PaymentRepository,
  type StoredApiKey,
} from "@payments/domain";
import { err, ok } from "neverthrow";
import { SeededApiKeys } from "../client/seeded-api-keys.ts";
import { aClient, anActor, anIdempotencyKey, aPayment } from "../shared/builders.ts";
import { SequentialIds } from "../shared/clock-and-ids.ts";
import { expectOk } from "../shared/result.ts";
import { aFact, aReference, euros } from "./facts.ts";
import { authorizationFor, operationsIn, plannedRefund } from "./operations.ts";

export interface ChargeStorage {
  readonly clients: ClientRepository;
  readonly authenticator: ApiKeyAuthenticator;
  readonly charges: ChargeRepository;
  readonly payments: PaymentRepository;
  readonly disputes: DisputeRepository;
  readonly feed: EventFeed;
  readonly auditLog: AuditLog;
  /** Lets leases run out. */
  pass(milliseconds: number): Promise<void>;
}

export const LEASE_MS = 60_000;

/** Clients, and the steps that the contracts of charges share. Each test begins with empty storage. */
export const chargeContractKit = (setUp: () => Promise<ChargeStorage>) => {
  const keys = new SeededApiKeys(7_000);
  const client = aClient({ id: "client-1", mode: "test" });
  const other = aClient({ id: "client-2", mode: "test" });
  const authorized: Fact = aFact("authorized", "auth", euros(1_000));
  const captured: Fact = aFact("captured", "capture", euros(1_000));
  let ids: SequentialIds;
  let storage: ChargeStorage;
  let credential: StoredApiKey;

  beforeEach(async () => {
    ids = new SequentialIds();
    storage = await setUp();
    const apiKey = keys.generate();
    expectOk(await storage.clients.create(client, apiKey, anActor, null));
    expectOk(await storage.clients.create(other, keys.generate(), anActor, null));
    credential = expectOk(await storage.authenticator.authenticate(apiKey)).credential;
  });

  const operations = operationsIn("test", () => createOperationId(ids.next()));
  const payment = (): Payment => aPayment({ uuid: ids.next(), clientId: client.id, amount: "1000" });
  const authorizationOf = (wanted: Payment): AnyAuthorization =>
    authorizationFor(operations.authorize("pm_card_visa", "manual"), wanted);
  const create = async (key: string | null = null, wanted = payment(), leaseMs = LEASE_MS) => {
    const authorization = authorizationOf(wanted);
    const idempotencyKey = key === null ? null : anIdempotencyKey(key);
    const created = await storage.charges.create(wanted, authorization, credential, idempotencyKey, leaseMs);
    return { authorization, recorded: expectOk(created) };
  };
  const settle = async (operation: AnyOperation, ...facts: readonly Fact[]): Promise<Charge> => {
    const settlement = { state: "succeeded", retryInMs: null, processorPayment: aReference("pi_1"), facts } as const;
    return expectOk(await storage.charges.settle(operation, settlement, null));
  };
  const leave = (operation: AnyOperation, state: OperationState, retryInMs: number | null) =>
    storage.charges.settle(operation, { state, retryInMs, processorPayment: null, facts: [] }, null);
  const eventsOf = async (id: Payment["id"]): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let hasMore = true; hasMore; ) {
      const request = { limit: 2, after: found.length === 0 ? null : found.length };
      const page = expectOk(await storage.feed.listByPayment(client.id, id, request));
      found.push(...page.events.map(({ type, sequence }) => `${sequence} ${type}`));
      hasMore = page.hasMore;
    }
    return found;
  };
  const chargeOf = async (id: Payment["id"], clientId = client.id): Promise<Charge | undefined> =>
    expectOk(await storage.charges.find(clientId, [id])).get(id);
  /** The audit events of the client that are stored during the steps. Storage keeps those of earlier tests. */
  const auditedDuring = async (steps: () => Promise<unknown>) => {
    const read = async () =>
      expectOk(await storage.auditLog.listByClient(client.id, { limit: 100, after: null, before: null })).items;
    const earlier = new Set((await read()).map(({ id }) => id));
    await steps();
    return (await read()).filter(({ id }) => !earlier.has(id));
  };
  const claim = async (limit = 10) =>
    expectOk(await storage.charges.claim("test", limit, LEASE_MS)).map(({ operation, state }) => ({
      operation,
      state,
    }));
  const planRefund = (id: Payment["id"], amount: number, limit = 10, actor?: Actor) =>
    storage.charges.plan(client.id, id, LEASE_MS, (_, stored) => {
      if (stored.filter(({ operation }) => operation.kind === "refund").length >= limit) {
        return err({ type: "too-many" as const });
      }
      const refund = operations.refund(aReference("pi_1"), amount);
      const planned = plannedRefund(refund, createRefundId(ids.next()), client.id, id);
      return ok({ ...planned, ...(actor !== undefined && { actor }) });
    });

  return {
    storage: () => storage,
    credential: () => credential,
    ids: () => ids,
    authorized,
    captured,
    client,
    other,
    payment,
    authorizationOf,
    create,
    settle,
    leave,
    eventsOf,
    chargeOf,
    auditedDuring,
    claim,
    planRefund,
  };
};
