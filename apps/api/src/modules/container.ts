import { Container, type ContainerModule } from "inversify";
import { clientsModule } from "./clients.ts";
import { eventsModule } from "./events.ts";
import { paymentsModule } from "./payments.ts";
import { receiptsModule } from "./receipts.ts";
import { type Runtime, runtimeModule } from "./runtime.ts";

/**
 * The wired application, from which the service and the commands resolve. The service adds its own modules in `more`.
 * Nothing is created before it is resolved, and everything is created once.
 */
export const buildContainer = (runtime: Runtime, ...more: readonly ContainerModule[]): Container => {
  const container = new Container({ defaultScope: "Singleton" });
  container.load(runtimeModule(runtime), clientsModule, paymentsModule, eventsModule, receiptsModule, ...more);
  return container;
};
