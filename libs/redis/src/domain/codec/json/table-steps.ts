/** So many steps any body may take, and one more for each of its bytes. */
const FREE_STEPS = 2 ** 16;

/** The length of a body where none is known. */
export const LONG_BODY_BYTES = 2 ** 25;

/**
 * Whether the paths of a table can be followed in a time that is proportional to the body. A range stands for many steps, so a few bytes
 * could otherwise keep a reader busy for minutes.
 * @param bytes the length of the body that holds the table
 */
export function isWithinSteps(table: readonly unknown[], bytes: number): boolean {
  const most = bytes + FREE_STEPS;
  let steps = 0;
  for (const entry of table) {
    if (Array.isArray(entry)) steps += stepsOf(entry);
    if (!(steps <= most)) return false;
  }
  return true;
}

/** How many steps a reader takes to all places of one entry, ranges resolved. */
function stepsOf(entry: readonly unknown[]): number {
  let steps = 1;
  let places = 1;
  for (let i = 1; i < entry.length; i++) {
    const step: unknown = entry[i];
    if (Array.isArray(step)) places *= widthOf(step);
    steps += places;
  }
  return steps;
}

/** What is no range counts as one step: the reader refuses it when it gets there. */
function widthOf([first, last]: readonly unknown[]): number {
  return typeof first === 'number' && typeof last === 'number' && last > first ? last - first + 1 : 1;
}
