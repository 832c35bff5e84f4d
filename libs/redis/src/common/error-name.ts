const PLAIN_NAME = /^[\w.$-]{1,64}$/;

/**
 * The name of what a function of the application threw, such as `TimeoutError`; undefined for anything but an ordinary name. Its message is never
 * shown: it may quote a secret that the function asked for.
 */
export function errorName(error: unknown): string | undefined {
  const name: unknown = error instanceof Error ? error.name : undefined;
  return typeof name === 'string' && PLAIN_NAME.test(name) ? name : undefined;
}
