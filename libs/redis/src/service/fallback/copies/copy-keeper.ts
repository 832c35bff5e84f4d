import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import type { StoredRead } from '../../../domain/entry-store.js';
import type { FillToken } from '../../copies/fill-tokens.js';
import type { FallbackState } from '../fallback-state.js';
import { encodedForm, isSameForm, snapshotForm } from './copy-form.js';
import type { OutageCopy } from './outage-copies.js';

/** The time to live of a key in seconds, as `CacheStore.ttl` returns it. */
export type ReadTtl = (key: string) => Promise<number | null | undefined>;

/** A read of the primary store that may leave a copy. */
export interface CopyFill {
  readonly token: FillToken;
  readonly sentMs: number;
  readonly losses: number;
  readonly replayedVersions: number;
  /** The key was in the journal: the reply may be from before the replay, also if it arrives after it. */
  readonly wasInJournal: boolean;
}

/**
 * Keeps copies of what the primary store returns. A copy is the stored bytes: nothing is decoded or cloned while the
 * primary store is available.
 */
export class CopyKeeper {
  constructor(
    private readonly state: FallbackState,
    private readonly readTtl: ReadTtl,
    private readonly types: ApplicationTypes,
  ) {}

  /** Call it before a read is sent, and then `keep` or `abandon` once. */
  begin(key: string): CopyFill {
    const { fills, nowMs, outage, replayedVersions, journal } = this.state;
    const wasInJournal = journal.size > 0 && journal.has(key);
    return { token: fills.begin(key), sentMs: nowMs, losses: outage.losses, replayedVersions, wasInJournal };
  }

  keep({ token, sentMs }: CopyFill, { stored, encoded }: Pick<StoredRead<unknown>, 'stored' | 'encoded'>): void {
    const { copies, fills } = this.state;
    const { key } = token;
    if (!fills.end(token)) return;
    if (stored === undefined) return copies.delete(key);
    const form = encoded === undefined ? snapshotForm(stored, this.types) : encodedForm(encoded);
    if (form === undefined) return copies.delete(key);
    const known = copies.get(key);
    if (known === undefined || !isSameForm(known.form, form)) {
      const expiresMs = stored.meta === undefined ? undefined : Infinity;
      return copies.set(key, { form, confirmedMs: sentMs, expiresMs, isOutageValue: false });
    }
    known.confirmedMs = Math.max(known.confirmedMs, sentMs);
    if (known.expiresMs === undefined || known.expiresMs <= sentMs) this.learnExpiry(key, known);
  }

  abandon({ token }: CopyFill): void {
    this.state.fills.end(token);
  }

  /** A plain value does not contain its expiry. It is asked for when the value is read a second time. */
  private learnExpiry(key: string, copy: OutageCopy): void {
    const { copies, fills, nowMs } = this.state;
    const token = fills.begin(key);
    const noted = (ttl: number | null | undefined): void => {
      if (!fills.end(token) || copies.get(key) !== copy || ttl === undefined) return;
      copy.expiresMs = ttl === null ? Infinity : nowMs + ttl * 1000;
    };
    this.readTtl(key).then(noted, () => void fills.end(token));
  }
}
