/** The percentile by nearest rank. */
export const percentile = (values, share) => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
};

export const median = (values) => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Median and spread of one value per round, or null if a round has none. */
export const summarize = (values) => {
  if (values.length === 0 || values.some((value) => value === undefined || value === null || Number.isNaN(value))) {
    return null;
  }
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
};
