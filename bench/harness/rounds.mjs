import { median } from './statistics.mjs';

/**
 * Runs short slices alternately (A B C, B C A, …), so that a disturbance of the machine affects all, and none is always
 * first. `run(contestant, ms)` returns an object of numbers. Returns one array of slices per contestant, in the same
 * order.
 */
export async function interleave(contestants, { rounds, sliceMs, warmUpMs }, run) {
  for (const contestant of contestants) await run(contestant, warmUpMs);
  const slices = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let position = 0; position < contestants.length; position++) {
      const index = (round + position) % contestants.length;
      slices[index].push(await run(contestants[index], sliceMs));
    }
  }
  return slices;
}

export function medianOf(slices, measure) {
  return median(slices.map((slice) => slice[measure]));
}

/** Median of the ratios within each round, so that drift between rounds cancels out. */
export function ratioOf(ours, theirs, measure) {
  return median(ours.map((slice, round) => slice[measure] / theirs[round][measure]));
}

/** Median of the differences within each round, for the same reason. */
export function differenceOf(ours, theirs, measure) {
  return median(ours.map((slice, round) => slice[measure] - theirs[round][measure]));
}

/** Measures one subject after another. `steps` are pairs of a title and a function that returns rows. */
export async function measureInTurn(log, steps) {
  const rows = [];
  for (const [title, measured] of steps) {
    log(`measuring ${title}`);
    rows.push(...(await measured()));
  }
  return rows;
}
