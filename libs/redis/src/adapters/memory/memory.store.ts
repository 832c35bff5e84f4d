import { steadyTime, type Clock } from '../../common/clock.js';
import type { HealthSource } from '../../domain/health-source.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { EntryStore } from '../../domain/entry-store.js';
import { InternalKeys } from '../../domain/models/internal-keys.js';
import type { StoreCodec } from '../../domain/value-codec.js';
import type { CallContext } from '../calls/call-context.js';
import { KeySpace } from '../calls/key-space.js';
import { createCodec, type OnSecurity } from '../codec/create-codec.js';
import { LeaseWatchers } from './entries/lease-watchers.js';
import { MemoryEntries, type MemoryEntryParts } from './entries/memory-entries.js';
import { MemoryLeases } from './entries/memory-leases.js';
import { MemoryVersions } from './entries/memory-versions.js';
import { MemoryCalls } from './memory-calls.js';
import { MemoryCounters } from './memory-counters.js';
import { MemoryHashes } from './memory-hashes.js';
import { MemoryKeyScanner } from './memory-key.scanner.js';
import { MemoryKeys } from './memory-keys.js';
import type { ResolvedMemoryOptions } from './memory-options.js';
import { MemoryRecords } from './memory-records.js';
import { MemoryScripts } from './memory-scripts.js';
import { MemoryValues } from './memory-values.js';
import { MemoryFeed } from './memory-feed.js';
import { memoryHealth } from './memory-health.js';
import { MemoryLink } from './memory.link.js';
import { ValueFormats } from './value-format.js';

export interface MemoryStoreParts {
  readonly clock: Clock;
  /** How long a call may wait for an asynchronous codec, in milliseconds. */
  readonly deadlineMs: number;
  readonly onSecurity?: OnSecurity | undefined;
}

/**
 * The embedded store: its records, and the operations for each kind of data, with the semantics of `RedisStore`. Keys
 * are full keys, and arguments are checked.
 */
export class MemoryStore {
  /** The context of calls without limits or a codec of their own. */
  readonly context: CallContext;
  readonly keySpace: KeySpace;
  readonly values: MemoryValues;
  readonly hashes: MemoryHashes;
  readonly counters: MemoryCounters;
  readonly keys: MemoryKeys;
  readonly scripts: MemoryScripts;
  readonly link: MemoryLink;
  readonly health: HealthSource;
  readonly feed: MemoryFeed;
  private readonly calls: MemoryCalls;
  private readonly entryParts: MemoryEntryParts;
  private readonly onSecurity: OnSecurity | undefined;

  constructor(options: ResolvedMemoryOptions, { clock, deadlineMs, onSecurity }: MemoryStoreParts) {
    this.onSecurity = onSecurity;
    this.context = { deadlineMs, signal: undefined, codec: this.createCodec(options.codec) };
    this.keySpace = new KeySpace(options.keyPrefix);
    this.link = new MemoryLink(clock);
    this.health = memoryHealth(this.link);
    this.calls = new MemoryCalls(this.link, clock);
    const { calls, keySpace } = this;
    this.feed = new MemoryFeed(this.link, keySpace.prefix);
    const records = new MemoryRecords(options, clock, (key) => this.feed.changed(key));
    const formats = new ValueFormats(options, this.context.codec);
    this.values = new MemoryValues(calls, records, formats);
    this.hashes = new MemoryHashes(calls, records, formats);
    this.counters = new MemoryCounters(calls, records, formats);
    this.keys = new MemoryKeys(calls, records, new MemoryKeyScanner(records, keySpace.prefix), keySpace);
    this.scripts = new MemoryScripts(calls, records, keySpace, clock);
    const steadyMs = steadyTime(clock);
    const nowMs = (): number => Math.floor(steadyMs());
    const names = new InternalKeys(keySpace.prefix);
    const watchers = new LeaseWatchers();
    const leases = new MemoryLeases(records, names, watchers);
    const versions = new MemoryVersions(records, names, nowMs);
    const { counters, hashes } = this;
    this.entryParts = { calls, records, formats, keySpace, counters, hashes, leases, watchers, versions, nowMs };
  }

  /** Entries, leases and versions for one view of the store. */
  entriesFor(context: CallContext): EntryStore {
    return new MemoryEntries(this.entryParts, context);
  }

  async connect(): Promise<void> {
    this.link.open();
  }

  /** The records survive. */
  async disconnect(): Promise<void> {
    this.link.close();
    this.calls.close();
  }

  /** Creates another codec for the values of this store. @throws RedisInfraError OPTION_INVALID */
  createCodec(options: CodecOptions | undefined, path?: string): StoreCodec {
    return createCodec(options, path, this.onSecurity);
  }
}
