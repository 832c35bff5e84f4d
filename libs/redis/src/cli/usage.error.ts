/** The command line is wrong: an argument, an option or an environment variable. The message contains no secret. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
