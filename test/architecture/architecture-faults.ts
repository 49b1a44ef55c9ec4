import { domainFaults } from "./domain-rules.ts";
import { environmentFaults } from "./environment-rules.ts";
import { fileFaults } from "./file-rules.ts";
import { importFaults } from "./import-rules.ts";
import { manifestFaults } from "./manifest-rules.ts";
import type { Workspace } from "./workspace.ts";

/** Every violation of the architecture's rules, as a sentence. */
export const architectureFaults = (workspace: Workspace): string[] =>
  [importFaults, manifestFaults, environmentFaults, domainFaults, fileFaults].flatMap((rule) => rule(workspace));
