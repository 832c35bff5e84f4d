/** The options of the caches. */
export interface CachesOptions {
  /** The secret that seals the searches; at least 16 bytes. */
  readonly secret: string | Uint8Array;
}

/** Injection token of the CachesOptions. */
export const CACHES_OPTIONS = Symbol('CACHES_OPTIONS');
