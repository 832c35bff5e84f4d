import { UsageError } from './usage.error.js';

/** A URL with something before the `@` of its host. */
const URL_WITH_CREDENTIALS = /[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i;

/**
 * Refuses arguments that contain a URL with credentials: other users of the machine see arguments in the list of
 * processes, and the shell keeps them in its history.
 * @throws UsageError that does not repeat the argument
 */
export function refuseSecrets(args: readonly string[]): void {
  if (!args.some((arg) => URL_WITH_CREDENTIALS.test(arg))) return;
  throw new UsageError(
    'An argument is a URL with credentials. Other users can see arguments: set the environment variable REDIS_URL instead.',
  );
}

/** Removes the values of options from a message of the argument parser: `--password=secret` becomes `--password`. */
export function withoutOptionValues(message: string): string {
  return message.replaceAll(/(--?[\w-]+)=[^\n]*?('|$)/g, '$1$2');
}
