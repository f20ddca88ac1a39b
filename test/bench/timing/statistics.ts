/** The median; of an even number of values, the upper of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/**
 * How well two kinds can be told apart by their values (Mann–Whitney's U over the number of pairs): the
 * chance that a value of the first kind is greater. 0.5 is a coin toss, 0 and 1 are certainty.
 */
export function areaUnderCurve(first: readonly number[], second: readonly number[]): number {
  let wins = 0;
  for (const a of first) for (const b of second) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (first.length * second.length);
}

/**
 * The rank test (Mann–Whitney, two-sided, with ties): how often chance alone makes two identical kinds differ
 * as much as these or more. By the normal distribution, which fits from about twenty values of each kind on.
 */
export function rankTestP(first: readonly number[], second: readonly number[]): number {
  const pairs = first.length * second.length;
  const count = first.length + second.length;
  const times = new Map<number, number>();
  for (const value of [...first, ...second]) times.set(value, (times.get(value) ?? 0) + 1);
  const ties = [...times.values()].reduce((sum, n) => sum + n ** 3 - n, 0);
  const deviation = Math.sqrt((pairs / 12) * (count + 1 - ties / (count * (count - 1))));
  const difference = Math.abs(areaUnderCurve(first, second) * pairs - pairs / 2);
  return deviation === 0 ? 1 : Math.min(1, complementaryErrorFunction(difference / deviation / Math.SQRT2));
}

/** To seven digits (Numerical Recipes, `erfcc`). */
function complementaryErrorFunction(x: number): number {
  const t = 1 / (1 + 0.5 * x);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  return t * Math.exp(-x * x + coefficients.reduceRight((sum, each) => sum * t + each, 0));
}
