const PLAIN_NAME = /^[\w.$-]{1,64}$/;

/**
 * Returns the name of an error that a function of the application threw, such as `TimeoutError`; undefined if it is not
 * a plain name. The message is never shown, because it may quote a secret.
 */
export function errorName(error: unknown): string | undefined {
  const name: unknown = error instanceof Error ? error.name : undefined;
  return typeof name === 'string' && PLAIN_NAME.test(name) ? name : undefined;
}
