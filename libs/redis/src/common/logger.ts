/** Receives the log lines of this package. Nest's `Logger` and `console` implement it. */
export interface Logger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A logger that writes nothing. */
export const silentLogger: Logger = { log: () => {}, warn: () => {}, error: () => {} };
