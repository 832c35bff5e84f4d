/** The options of the database. */
export interface DatabaseOptions {
  /** The folder of the database. Created if missing, and used by one process at a time. */
  readonly directory: string;
}

/** Injection token of the DatabaseOptions. */
export const DATABASE_OPTIONS = Symbol('DATABASE_OPTIONS');
