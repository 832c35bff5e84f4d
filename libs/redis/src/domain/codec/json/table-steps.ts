/** The number of steps that every body may take, in addition to one step per byte. */
const FREE_STEPS = 2 ** 16;

/** The assumed length of a body of unknown length. */
export const LONG_BODY_BYTES = 2 ** 25;

/**
 * Whether the paths of a table can be followed in time proportional to the body. A range stands for many steps, so a
 * few forged bytes could otherwise block a reader for minutes.
 * @param bytes the length of the body that holds the table
 */
export function isWithinSteps(table: readonly unknown[], bytes: number): boolean {
  const maxSteps = bytes + FREE_STEPS;
  let steps = 0;
  for (const entry of table) {
    if (Array.isArray(entry)) steps += stepsOf(entry);
    if (!(steps <= maxSteps)) return false;
  }
  return true;
}

/** The number of steps to all values of one entry, with ranges expanded. */
function stepsOf(entry: readonly unknown[]): number {
  let steps = 1;
  let paths = 1;
  for (let i = 1; i < entry.length; i++) {
    const step: unknown = entry[i];
    if (Array.isArray(step)) paths *= widthOf(step);
    steps += paths;
  }
  return steps;
}

/** An invalid range counts as one step; `raise` refuses it later. */
function widthOf([first, last]: readonly unknown[]): number {
  return typeof first === 'number' && typeof last === 'number' && last > first ? last - first + 1 : 1;
}
