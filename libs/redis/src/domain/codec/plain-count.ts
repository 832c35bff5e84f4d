/** At most 16 digits: longer texts are no safe integers. */
const COUNT = /^-?\d{1,16}$/;
const LONGEST_COUNT_BYTES = 17;

/** True for a number that `incr` can add to: a safe integer, which decimal digits represent exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** True for bytes that `incr` can add to: decimal digits and nothing else. */
export function isPlainCount(bytes: Buffer): boolean {
  return bytes.length <= LONGEST_COUNT_BYTES && COUNT.test(bytes.toString('latin1'));
}
