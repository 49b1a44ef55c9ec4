export type { Brand } from "./brand.ts";
export { type Clock, parseTime } from "./clock.ts";
export { type IdGenerator, toUuid } from "./ids.ts";
export type { InvalidValue } from "./invalid-value.ts";
export {
  DEFAULT_PAGE_LIMIT,
  MAXIMUM_PAGE_BYTES,
  MAXIMUM_PAGE_LIMIT,
  type Page,
  type PageRequest,
  pageOf,
  pageWithin,
  parsePageLimit,
  toPageJson,
} from "./page.ts";
export {
  type EncryptedSecret,
  rehydrateEncryptedSecret,
  type SecretCipher,
  type SecretUnreadable,
} from "./secret-cipher.ts";
export { type StorageUnavailable, storageUnavailable } from "./storage-unavailable.ts";
