/** The value below which `share` (0 to 1) of the numbers lie. Sorts a copy. */
export function quantile(numbers, share) {
  const sorted = Float64Array.from(numbers).sort();
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[at];
}

export function median(numbers) {
  const sorted = Float64Array.from(numbers).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
