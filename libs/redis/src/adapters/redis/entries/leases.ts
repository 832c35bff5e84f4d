import type { Clock } from '../../../common/clock.js';
import type { Acquisition, EntryWrite, FailureMark, LeaseRequest } from '../../../domain/entry-store.js';
import { withLimits, type CallContext } from '../../calls/call-context.js';
import type { CommandChannel } from '../../sending/command-channel.js';
import type { StoreScript } from '../../sending/script-command.js';
import { unlinkAll } from '../../sending/unlink-all.js';
import type { CommandArg } from '../../wire/wire-command.js';
import type { RedisScripts } from '../commands/redis-scripts.js';
import type { EntryDecoder } from './entry-decoder.js';
import type { EntryEncoder } from './entry-encoder.js';
import type { EntryKeys } from './entry-keys.js';
import { ACQUIRE, PUBLISH, RELEASE, RENEW, VOID_LEASES } from './scripts/lease.scripts.js';
import type { ServerTimes } from './server-times.js';

export interface LeasesParts {
  readonly channel: CommandChannel;
  readonly scripts: RedisScripts;
  readonly keys: EntryKeys;
  readonly decoder: EntryDecoder;
  readonly encoder: EntryEncoder;
  readonly times: ServerTimes;
  readonly clock: Clock;
}

/** The leases of keys, each of which lets one load of all processes run. Keys are full keys. */
export class Leases {
  constructor(private readonly parts: LeasesParts) {}

  /** Reads a value and takes its lease, if no other load holds it. */
  async acquire<T>(
    key: string,
    { token, ttlMs, clock, minClock }: LeaseRequest,
    context: CallContext,
  ): Promise<Acquisition<T>> {
    const { scripts, keys, times, channel, decoder } = this.parts;
    const remaining = channel.startLimits(context);
    const sentMs = this.parts.clock.monotonicMs();
    const place = keys.leaseOf(key);
    const args = [token, ttlMs, clock, minClock, ...place.notice];
    const { status, holder, remainingMs, serverUs, bytes } = await scripts.run(ACQUIRE, place.keys, args, context);
    times.learn(key, serverUs, sentMs);
    const nowMs = Math.floor(serverUs / 1000);
    const limits = withLimits(context, remaining());
    const decoded = decoder.decode<T>(bytes, key, limits);
    const read = { ...(decoded instanceof Promise ? await channel.decoding('GET', decoded, limits) : decoded), nowMs };
    if (status === 'acquired') return { ...read, status };
    return status === 'held' ? { ...read, status, holder, remainingMs } : { ...read, status, remainingMs };
  }

  /** Extends the lease. False if the token does not hold it. */
  renew(key: string, token: string, ttlMs: number, context: CallContext): Promise<boolean> {
    return this.run(key, RENEW, [token, ttlMs], context);
  }

  /** Stores a loaded value and ends its lease. False if the token does not hold it. */
  async publish(key: string, token: string, entry: EntryWrite, context: CallContext): Promise<boolean> {
    const { channel, scripts, keys, encoder } = this.parts;
    const place = keys.leaseOf(key);
    const encoded = { value: encoder.encode(entry, key, context), limits: context };
    return channel.write(key, PUBLISH.name, encoded, (bytes, remaining) =>
      scripts.send(PUBLISH, place.keys, [token, bytes, entry.ttlMs ?? '', ...place.notice], remaining),
    );
  }

  /** Ends the lease without a value. */
  release(key: string, token: string, failure: FailureMark | undefined, context: CallContext): Promise<void> {
    const { notice } = this.parts.keys.leaseOf(key);
    const mark = [failure?.errorTtlMs ?? '', failure?.maxMs ?? ''];
    return this.run(key, RELEASE, [token, ...notice, ...mark], context);
  }

  /** Ends the leases of keys that something else changes. Each is atomic, the whole is not. */
  async voidAll(names: readonly string[], context: CallContext): Promise<void> {
    const { channel, scripts, keys } = this.parts;
    const limits = channel.admitBatch('write', 'unlink', names, context);
    await unlinkAll(channel.groupKeys(names), (chunk) =>
      channel.inKeyOrder(chunk, VOID_LEASES.name, limits, (remaining) => {
        const leases = chunk.map((key) => keys.internal.lease(key));
        return scripts.send(VOID_LEASES, leases, [keys.channel, ...chunk.map((key) => keys.nameOf(key))], remaining);
      }),
    );
  }

  /** Runs a script on the lease of a key, after the earlier calls on the key. */
  private run<R>(key: string, script: StoreScript<R>, args: readonly CommandArg[], context: CallContext): Promise<R> {
    const { channel, scripts, keys } = this.parts;
    return channel.inKeyOrder([key], script.name, context, (remaining) =>
      scripts.send(script, [keys.internal.lease(key)], args, remaining),
    );
  }
}
