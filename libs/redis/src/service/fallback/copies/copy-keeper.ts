import type { StoredRead } from '../../../domain/entry-store.js';
import type { FillToken } from '../../copies/fill-tokens.js';
import type { FallbackState } from '../fallback-state.js';

/** The time to live of a key in seconds, as `CacheStore.ttl` returns it. */
export type ReadTtl = (key: string) => Promise<number | null | undefined>;

/** A read of the primary store that may leave a copy. */
export interface CopyFill {
  readonly token: FillToken;
  readonly sentMs: number;
  readonly losses: number;
}

/**
 * Keeps copies of what the primary store returns. A copy is the stored bytes: nothing is decoded or cloned while the
 * primary store is available.
 */
export class CopyKeeper {
  constructor(
    private readonly state: FallbackState,
    private readonly readTtl: ReadTtl,
  ) {}

  /** Call it before a read is sent, and then `keep` or `abandon` once. */
  begin(key: string): CopyFill {
    const { fills, nowMs, outage } = this.state;
    return { token: fills.begin(key), sentMs: nowMs, losses: outage.losses };
  }

  keep({ token, sentMs }: CopyFill, { stored, encoded }: Pick<StoredRead<unknown>, 'stored' | 'encoded'>): void {
    const { copies, fills } = this.state;
    const { key } = token;
    if (!fills.end(token)) return;
    if (stored === undefined || encoded === undefined) return copies.delete(key);
    // One byte per character, in the heap of V8: a view would keep the whole network buffer.
    const text = encoded.latin1Slice();
    const known = copies.get(key);
    const isSame = known !== undefined && 'encoded' in known.form && known.form.encoded === text;
    if (!isSame) {
      const expiresMs = stored.meta === undefined ? undefined : Infinity;
      return copies.set(key, { form: { encoded: text }, confirmedMs: sentMs, expiresMs, isOutageValue: false });
    }
    known.confirmedMs = Math.max(known.confirmedMs, sentMs);
    if (known.expiresMs === undefined || known.expiresMs <= sentMs) this.learnExpiry(key, text);
  }

  abandon({ token }: CopyFill): void {
    this.state.fills.end(token);
  }

  /** A plain value does not contain its expiry. It is asked for when the value is read a second time. */
  private learnExpiry(key: string, text: string): void {
    const { copies, fills, nowMs } = this.state;
    const token = fills.begin(key);
    const noted = (ttl: number | null | undefined): void => {
      const copy = copies.get(key);
      if (!fills.end(token) || copy === undefined || !('encoded' in copy.form) || copy.form.encoded !== text) return;
      if (ttl !== undefined) copy.expiresMs = ttl === null ? Infinity : nowMs + ttl * 1000;
    };
    this.readTtl(key).then(noted, () => void fills.end(token));
  }
}
