import { Container, type ContainerModule } from "inversify";
import { clientsModule } from "./clients.ts";
import { paymentsModule } from "./payments.ts";
import { type Runtime, runtimeModule } from "./runtime.ts";

/**
 * The wired application. The service and the commands resolve from it; `more` is what only one of them needs.
 * It makes nothing before something is resolved, and everything once.
 */
export const buildContainer = (runtime: Runtime, ...more: readonly ContainerModule[]): Container => {
  const container = new Container({ defaultScope: "Singleton" });
  container.load(runtimeModule(runtime), clientsModule, paymentsModule, ...more);
  return container;
};
