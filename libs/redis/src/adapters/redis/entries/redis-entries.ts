import type { Clock } from '../../../common/clock.js';
import type { KeySpace } from '../../calls/key-space.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { CallLimits } from '../../wire/pending-call.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import type { ClusterKeyScanner } from '../scanning/cluster-key.scanner.js';
import type { RedisKeyScanner } from '../scanning/redis-key.scanner.js';
import type { ValueIO } from '../values/value-io.js';
import type { ValueReader } from '../values/value-reader.js';
import { EntryChanges } from './entry-changes.js';
import { EntryDecoder } from './entry-decoder.js';
import { EntryEncoder } from './entry-encoder.js';
import { EntryExpiry } from './entry-expiry.js';
import { EntryKeys } from './entry-keys.js';
import { EntryReads } from './entry-reads.js';
import { Leases } from './leases.js';
import { ServerTimes } from './server-times.js';
import { SettledLeases } from './settled-leases.js';
import { Sweeper } from './sweeper.js';
import { VersionTables } from './versions/version-tables.js';

export interface RedisEntriesParts {
  readonly channel: CommandChannel;
  readonly keySpace: KeySpace;
  readonly scripts: RedisScripts;
  readonly scanner: RedisKeyScanner | ClusterKeyScanner;
  readonly io: ValueIO;
  readonly reader: ValueReader;
  readonly clock: Clock;
  /** The limits of commands without a caller. */
  readonly limits: CallLimits;
}

/** Entries, leases and versions in Redis. All views of an adapter share them. */
export class RedisEntries {
  readonly keySpace: KeySpace;
  readonly keys: EntryKeys;
  readonly reads: EntryReads;
  readonly times: ServerTimes;
  readonly versions: VersionTables;
  readonly leases: Leases;
  readonly changes: EntryChanges;
  readonly expiry: EntryExpiry;
  readonly sweeper: Sweeper;
  readonly settled: SettledLeases;

  constructor({ channel, keySpace, scripts, scanner, io, reader, clock, limits }: RedisEntriesParts) {
    const keys = new EntryKeys(keySpace);
    const times = ServerTimes.of(channel, clock, limits);
    const decoder = new EntryDecoder(reader);
    const encoder = new EntryEncoder(io, clock);
    const versions = new VersionTables(channel, scripts, keys.internal);
    this.keySpace = keySpace;
    this.keys = keys;
    this.times = times;
    this.versions = versions;
    this.reads = new EntryReads({ channel, decoder, times, versions });
    this.leases = new Leases({ channel, scripts, keys, decoder, encoder, times, clock });
    this.changes = new EntryChanges({ channel, scripts, keys, encoder, io });
    this.expiry = new EntryExpiry({ channel, scripts, keys, io, times, clock });
    this.sweeper = new Sweeper(channel, scripts, scanner);
    const { channel: name } = keys;
    this.settled = new SettledLeases({
      channel: name,
      create: () => channel.createSubscriber(name),
      publish: () => channel.send('publish', [name, ''], limits),
      onRefused: (command, { message }) => channel.pool.peer.refused(command, message),
    });
  }

  /** Accepts watchers again after `close()`. */
  reopen(): void {
    this.settled.reopen();
  }

  /** Ends the subscription to the ends of leases. */
  close(): void {
    this.settled.close();
  }
}
