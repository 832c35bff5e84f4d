/** What the caches need to be told. */
export interface CachesOptions {
  /** What the searches are sealed with; at least 16 bytes. */
  readonly secret: string | Uint8Array;
}

/** Injection token of the CachesOptions. */
export const CACHES_OPTIONS = Symbol('CACHES_OPTIONS');
