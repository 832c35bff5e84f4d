/** The names of the entries, `index` first. */
export declare const ENTRIES: readonly string[];

/** The name of an entry in `exports` of the package. */
export declare function subpathOf(entry: string): string;

/** The programs of the package. */
export const PROGRAMS: readonly string[];
