import { optionInvalid } from '../../../common/options.js';
import type { TypedEmitter } from '../../../common/typed-emitter.js';
import type { Timers } from '../../../common/time/timers.js';
import { locatorOf } from '../routing/routes.js';
import type { ShardedEvents } from '../sharded-events.js';
import type { ResolvedShardedOptions } from '../sharded-options.js';
import type { ResolvedShard } from '../shards/shard-options.js';
import type { Shard } from '../shards/shard.js';
import type { Move } from '../stamps/own-placement.js';
import { PERMISSION_MS } from '../stamps/stamp.guard.js';
import { isShardFailure } from '../fan-out/failures.js';
import { endEarlierMove, endMove, markClean } from './move-end.js';
import type { LivePlacement } from './live-placement.js';
import { PhaseEntry } from './phase-entry.js';
import { needsBothLists, shardsDisconnected } from './reshard-errors.js';
import { allShards, ownPlacementOf, topologyOf, type ShardLists } from './shard-lists.js';

export interface ResharderOptions {
  readonly placement: LivePlacement;
  readonly options: ResolvedShardedOptions;
  readonly events: TypedEmitter<ShardedEvents>;
  readonly timers: Timers;
}

/** What a call of `reshard` changes. */
export interface PhaseChange {
  /** The lists before the move, and afterwards, in the direction of the call. */
  readonly before: readonly ResolvedShard[];
  readonly after: readonly ResolvedShard[];
  readonly phase: 1 | 2 | 3;
}

/** Moves keys between the shards of two lists, in phases. Calls of one process run one after the other. */
export class Resharder {
  private last: Promise<unknown> = Promise.resolve();
  private closing = new AbortController();

  constructor(private readonly parts: ResharderOptions) {}

  reshard(next: readonly ResolvedShard[], phase: 1 | 2 | 3): Promise<void> {
    const entered = this.last.then(() => this.enter(this.changeTo(next, phase)));
    this.last = entered.catch(() => {});
    return entered;
  }

  /** Accepts calls again after `close`. */
  open(): void {
    if (this.closing.signal.aborted) this.closing = new AbortController();
  }

  /** Calls that wait reject with CLOSED, and no call connects a shard any more. */
  close(): void {
    this.closing.abort(shardsDisconnected());
  }

  /** Resolves when no call runs. Returns whether the shards are still disconnected. */
  async settled(): Promise<boolean> {
    const { signal } = this.closing;
    await this.last;
    return signal.aborted && signal === this.closing.signal;
  }

  /** @throws RedisInfraError OPTION_INVALID if keys move between other lists, or nothing changes */
  private changeTo(next: readonly ResolvedShard[], phase: 1 | 2 | 3): PhaseChange {
    const { before, after } = this.parts.placement.lists;
    const isBefore = this.isSame(next, before);
    if (after === undefined) {
      if (isBefore && phase !== 3) throw optionInvalid('next', 'must not be the shards that the cache has');
      return { before, after: next, phase };
    }
    if (isBefore) return { before: after, after: before, phase };
    if (!this.isSame(next, after))
      throw optionInvalid('next', 'must not change while keys move: take the move back first');
    return { before, after, phase };
  }

  private async enter(change: PhaseChange): Promise<void> {
    const { placement, events } = this.parts;
    const { signal } = this.closing;
    signal.throwIfAborted();
    const lists = listsOf(change);
    const inUse = placement.shards;
    const shards = placement.shardsOf({ before: change.before, after: change.after });
    const added = shards.filter((shard) => !inUse.includes(shard));
    try {
      await Promise.all(shards.map(({ direct }) => direct.connect()));
      await this.permit(change, shards, lists, signal);
      signal.throwIfAborted();
    } catch (error) {
      await disconnect(added);
      throw error;
    }
    const kept = new Set(allShards(lists).map(({ id }) => id));
    const used = shards.filter(({ id }) => kept.has(id));
    placement.change(lists, used);
    await connect(used);
    events.emit('phase', { phase: change.phase, shards: used.map(({ id }) => id) });
    await this.finish(change, shards, used);
    await disconnect(shards.filter((shard) => !used.includes(shard)));
  }

  private async permit(
    change: PhaseChange,
    shards: readonly Shard[],
    lists: ShardLists,
    signal: AbortSignal,
  ): Promise<void> {
    const { placement, options, timers } = this.parts;
    const move = this.moveOf(change);
    if (move.topology === move.next) await this.requireNoMove(shards);
    if (placement.lists.after === undefined) await endEarlierMove(placement.shards, move, placement.processId);
    if (move.topology === move.next) return;
    await new PhaseEntry({
      shards,
      move,
      target: ownPlacementOf(lists, options.locator),
      self: placement.processId,
      ownersOf: (topology) => locatorOf(topology === move.topology ? change.before : change.after, options.locator),
      keyPrefix: options.resolvedAdapter.keyPrefix,
      // A call may have been sent at the end of its permission.
      graceMs: shards.every(isEmbedded) ? 0 : PERMISSION_MS + options.resolvedAdapter.resilience.deadlineMs,
      timers,
      signal,
    }).enter();
  }

  /** What follows when this process is in the phase. */
  private async finish(change: PhaseChange, shards: readonly Shard[], used: readonly Shard[]): Promise<void> {
    const { placement, options, events } = this.parts;
    const move = this.moveOf(change);
    if (move.topology === move.next) return;
    const end = {
      shards,
      move,
      self: placement.processId,
      keyPrefix: options.resolvedAdapter.keyPrefix,
      onLeftovers: (shard: string) => events.emit('leftovers', { shard }),
    };
    // In phase 1 the owners afterwards must have nothing of the moved keys, in phase 3 the owners before.
    const owners = locatorOf(change.phase === 3 ? change.after : change.before, options.locator);
    if (change.phase === 1) await markClean(end, owners);
    if (change.phase === 3) await endMove({ ...end, used }, owners);
  }

  /** A process with one list can use its shards, but it does not know the others. */
  private async requireNoMove(shards: readonly Shard[]): Promise<void> {
    const results = await Promise.allSettled(shards.map((shard) => shard.rejudge()));
    for (const result of results) {
      if (result.status === 'rejected') throw isShardFailure(result.reason) ? result.reason : needsBothLists();
    }
  }

  private moveOf({ before, after }: PhaseChange): Move {
    const { locator } = this.parts.options;
    return { topology: topologyOf(before, locator), next: topologyOf(after, locator) };
  }

  private isSame(a: readonly ResolvedShard[], b: readonly ResolvedShard[]): boolean {
    const { locator } = this.parts.options;
    return topologyOf(a, locator) === topologyOf(b, locator);
  }
}

function listsOf({ before, after, phase }: PhaseChange): ShardLists {
  return phase === 3 ? { before: after } : { before, after, phase };
}

/** No other process uses an embedded store. */
function isEmbedded({ direct }: Shard): boolean {
  return direct.can?.link?.tier === 'memory';
}

/** @throws an error that waiting does not fix */
async function connect(shards: readonly Shard[]): Promise<void> {
  const results = await Promise.allSettled(
    shards.map(async (shard) => {
      await shard.rejudge();
      await shard.store.connect();
    }),
  );
  for (const result of results) {
    if (result.status === 'rejected' && !isShardFailure(result.reason)) throw result.reason;
  }
}

async function disconnect(shards: readonly Shard[]): Promise<void> {
  await Promise.all(shards.map(({ store }) => store.disconnect()));
}
