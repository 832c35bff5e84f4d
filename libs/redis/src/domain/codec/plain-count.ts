/** At most 16 digits: a longer number is not a safe integer. */
const COUNT = /^-?\d{1,16}$/;
const MAX_COUNT_BYTES = 17;

/** True for a number that `incr` can add to: a safe integer, which decimal digits represent exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** True for bytes that `incr` can add to: only decimal digits, with an optional sign. */
export function isPlainCount(bytes: Buffer): boolean {
  return bytes.length <= MAX_COUNT_BYTES && COUNT.test(bytes.toString('latin1'));
}
