/** Whether a column looks like a plain key, as a condition in SQL. `parseApiKey` decides: it knows the checksum. */
export const looksLikePlainApiKey = (column: string): string =>
  `${column} ~ '^[A-Za-z][A-Za-z0-9_]{0,30}_[0-9A-Za-z]{49}$'`;
