import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { EntryStore, StoredRead } from '../../../domain/entry-store.js';
import { restoreSnapshot } from '../../../domain/codec/value-snapshot.js';
import type { Decoded } from '../../../domain/value-codec.js';
import type { FallbackState } from '../fallback-state.js';
import type { OutageCopy } from './outage-copies.js';

/** Reads from the copies while the primary store is unavailable. */
export class LocalReads {
  constructor(
    private readonly state: FallbackState,
    private readonly primary: Pick<EntryStore, 'decode'>,
  ) {}

  /** The copy of a key that may be used now: neither expired nor older than `maxStale`. */
  usable(key: string): OutageCopy | undefined {
    const { copies, nowMs, options } = this.state;
    const copy = copies.confirmed(key);
    if (copy === undefined) return undefined;
    const { confirmedMs, expiresMs = -Infinity } = copy;
    return nowMs < expiresMs && nowMs - confirmedMs < options.maxStaleMs ? copy : undefined;
  }

  /** The stored value of a key, as far as this process knows it. */
  async read<T>(key: string): Promise<StoredRead<T>> {
    const copy = this.usable(key);
    const nowMs = this.state.serverTime.nowMs;
    const encoded = copy !== undefined && 'encoded' in copy.form ? Buffer.from(copy.form.encoded, 'latin1') : undefined;
    const fallback = { ageMs: copy === undefined ? 0 : this.state.nowMs - copy.confirmedMs };
    const rest = { encoded, bytes: encoded?.length, nowMs, fallback };
    try {
      return { ...rest, stored: copy && (await this.decoded<T>(key, copy, encoded)), unreadable: undefined };
    } catch (error) {
      if (!(error instanceof RedisInfraError)) throw error;
      return { ...rest, stored: undefined, unreadable: error };
    }
  }

  /** How long the value of a key lives, in milliseconds: Infinity for ever; undefined if this process does not know it. */
  async remainingMs(key: string): Promise<number | undefined> {
    const copy = this.usable(key);
    if (copy === undefined) return undefined;
    const { stored, nowMs } = await this.read(key);
    if (stored === undefined) return undefined;
    const { expiresMs = Infinity } = copy;
    return Math.min(expiresMs - this.state.nowMs, (stored.meta?.expires ?? Infinity) - nowMs);
  }

  private decoded<T>(
    key: string,
    { form }: OutageCopy,
    encoded: Buffer | undefined,
  ): Decoded<T> | Promise<Decoded<T>> | undefined {
    if ('encoded' in form) return encoded && this.primary.decode?.<T>(key, encoded);
    return { value: restoreSnapshot<T>(form.snapshot, form.types), meta: form.meta };
  }
}
