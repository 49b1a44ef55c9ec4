export { buildProgram } from "./cli/program.ts";
export { ConfigError } from "./config/environment.ts";
export { readConfig } from "./config/read-config.ts";
export { ALL_SECTIONS, type Config, describeConfig, type VariableDescription } from "./config/sections.ts";
export { PaymentsServer } from "./start/server.ts";
