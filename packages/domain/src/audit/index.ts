export {
  type Actor,
  AUDIT_EVENT_TYPES,
  type AuditDetails,
  type AuditEvent,
  type AuditEventId,
  type AuditEventType,
  parseAuditEventId,
  rehydrateAuditEvent,
  SERVICE,
  toAuditEventJson,
} from "./audit-event.ts";
export type { AuditLog } from "./audit-log.ts";
