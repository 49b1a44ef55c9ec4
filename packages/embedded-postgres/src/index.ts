export { findRunningEmbeddedPostgres } from "./find-running-embedded-postgres.ts";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "./start-embedded-postgres.ts";
