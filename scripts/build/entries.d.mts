/** The names of the entries, `index` first. */
export declare const ENTRIES: readonly string[];
