import type { Clock } from '../common/clock.js';

/** A stream that text is written to: `process.stdout`, or one of a test. */
export type OutputStream = NodeJS.WritableStream & {
  /** Whether a person reads it. */
  readonly isTTY?: boolean | undefined;
  /** The width of the terminal in characters. */
  readonly columns?: number | undefined;
};

/** The stream that a confirmation is read from. */
export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

/** Everything that a command exchanges with its surroundings. */
export interface CliIo {
  /** The environment variables. Secrets are read from here only. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: InputStream;
  /** Results. */
  readonly stdout: OutputStream;
  /** Progress, warnings and errors. */
  readonly stderr: OutputStream;
  /** Aborts when the command is to end: it finishes its batch and returns. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}
