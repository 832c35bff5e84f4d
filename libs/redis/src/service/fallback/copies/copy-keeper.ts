import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import type { StoredRead } from '../../../domain/entry-store.js';
import type { FallbackState } from '../fallback-state.js';
import { encodedForm, isSameForm, snapshotForm } from './copy-form.js';
import type { OutageCopy } from './outage-copies.js';
import type { ReadStart } from './read-start.js';

type ReplyValue = Pick<StoredRead<unknown>, 'stored' | 'encoded'>;

/**
 * The shortest time between two comparisons of a copy, in milliseconds: a comparison costs more than the rest of a read.
 * Until the next one the copy may be older than the last value that was read, if another process has written a value of
 * the same length.
 */
const COMPARED_MS = 100;

/** The time to live of a key in seconds, as `CacheStore.ttl` returns it. */
export type ReadTtl = (key: string) => Promise<number | null | undefined>;

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

  /** Keeps the value of a reply, unless the key changed since the read was sent. */
  keep(key: string, { sentMs, changes }: ReadStart, { stored, encoded }: ReplyValue): void {
    const { state, types } = this;
    const { copies } = state;
    if (!state.changes.isUnchanged(key, changes)) return;
    if (stored === undefined) return this.keepAbsence(key);
    const known = copies.get(key);
    if (known !== undefined && encoded !== undefined && isConfirmed(known, encoded, sentMs)) return;
    const form = encoded === undefined ? snapshotForm(stored, types) : encodedForm(encoded);
    if (form === undefined) return copies.delete(key);
    if (known !== undefined && isSameForm(known.form, form)) return this.confirm(key, known, sentMs);
    const expiresMs = stored.meta === undefined ? undefined : Infinity;
    copies.set(key, { form, confirmedMs: sentMs, expiresMs, isOutageValue: false });
  }

  /** A value that the store has refused cannot be in it. */
  private keepAbsence(key: string): void {
    const { copies, outage } = this.state;
    if (!outage.isRefusing || copies.get(key)?.isOutageValue !== true) copies.delete(key);
  }

  private confirm(key: string, copy: OutageCopy, sentMs: number): void {
    if (copy.confirmedMs < sentMs) copy.confirmedMs = sentMs;
    if (copy.expiresMs === undefined || copy.expiresMs <= sentMs) this.learnExpiry(key, copy);
  }

  /** A plain value does not contain its expiry. It is asked for when the value is read a second time. */
  private learnExpiry(key: string, copy: OutageCopy): void {
    const { copies, changes, nowMs } = this.state;
    const { count } = changes;
    const noted = (ttl: number | null | undefined): void => {
      if (!changes.isUnchanged(key, count) || copies.get(key) !== copy || ttl === undefined) return;
      copy.expiresMs = ttl === null ? Infinity : nowMs + ttl * 1000;
    };
    this.readTtl(key).then(noted, () => {});
  }
}

/** The copy was compared a moment ago, and nothing shows that the value is another one. */
function isConfirmed({ form, confirmedMs, expiresMs = 0 }: OutageCopy, encoded: Buffer, sentMs: number): boolean {
  const isRecent = sentMs - confirmedMs < COMPARED_MS && sentMs < expiresMs;
  return isRecent && 'encoded' in form && form.encoded.length === encoded.length;
}
