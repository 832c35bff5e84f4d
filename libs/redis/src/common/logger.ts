/** Where the few lines this package has to say go. Nest's `Logger` fits; so does `console`. */
export interface Logger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const silentLogger: Logger = { log: () => {}, warn: () => {}, error: () => {} };
