/** The two-part advisory locks of this package. The first part is ours alone; nobody else may use it. */
const CLASS = 1_885_434_739;

/** Held exclusively while migrations run. */
export const MIGRATION_LOCK = `${CLASS}, 1`;

/** Held shared while payments are stored, exclusively while the end of a credential becomes visible. */
export const CREDENTIAL_LOCK = `${CLASS}, 2`;
