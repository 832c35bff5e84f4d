/** Where the database lives. */
export interface DatabaseOptions {
  /** Folder that is made if it is missing, and used by one process at a time. */
  readonly directory: string;
}

/** Injection token of the DatabaseOptions. */
export const DATABASE_OPTIONS = Symbol('DATABASE_OPTIONS');
