/**
 * The z of Wilcoxon's signed-rank test for paired differences. Ties share their ranks. The normal approximation is
 * accurate for thousands of pairs. Without a difference, |z| >= 4.42 has a probability of 1 in 100,000.
 */
export const signedRankZ = (differences: readonly number[]): number => {
  const ordered = differences.filter((one) => one !== 0).sort((one, other) => Math.abs(one) - Math.abs(other));
  const count = ordered.length;
  let positive = 0;
  let ties = 0;
  for (let start = 0; start < count; ) {
    let end = start + 1;
    while (end < count && Math.abs(ordered[end] ?? 0) === Math.abs(ordered[start] ?? 0)) end++;
    const rank = (start + 1 + end) / 2;
    for (let at = start; at < end; at++) if ((ordered[at] ?? 0) > 0) positive += rank;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  const mean = (count * (count + 1)) / 4;
  const variance = (count * (count + 1) * (2 * count + 1)) / 24 - ties / 48;
  return variance === 0 ? 0 : (positive - mean) / Math.sqrt(variance);
};
