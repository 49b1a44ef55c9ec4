import { execute, type Migration } from "./migration.ts";

/**
 * The webhooks of processors, stored as they came before they are acknowledged. They belong to a processor and not to a
 * client, so there is no bucket. A worker claims those whose lease is over; a finished one has no lease.
 *
 * The index on operations finds a payment by the processor's id of it, for webhooks that name no other.
 */
export const processorNotifications: Migration = {
  async up(trx) {
    await execute(
      trx,
      `create table processor_notifications (
        processor text not null,
        id text not null,
        body text not null,
        received_at timestamptz not null default clock_timestamp(),
        attempts integer not null default 0,
        lease_ends_at timestamptz default clock_timestamp(),
        outcome text check (outcome in ('applied', 'unmatched')),
        primary key (processor, id)
      )`,
      `create index processor_notifications_due on processor_notifications (lease_ends_at)
        where lease_ends_at is not null`,
      `create index processor_notifications_finished on processor_notifications (received_at)
        where outcome is not null`,
      `create index charges_processor_payment on charges (processor_payment) where processor_payment is not null`,
    );
  },

  async down(trx) {
    await execute(trx, "drop index charges_processor_payment", "drop table processor_notifications");
  },
};
