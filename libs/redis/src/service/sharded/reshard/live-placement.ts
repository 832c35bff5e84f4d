import { randomUUID } from 'node:crypto';
import { locatorOf, movingRoutes, routesOf, type NamedShard, type Routes } from '../routing/routes.js';
import type { ShardLocator } from '../sharded-options.js';
import type { ResolvedShard } from '../shards/shard-options.js';
import type { Shard } from '../shards/shard.js';
import type { OwnPlacement } from '../stamps/own-placement.js';
import type { PlacementSource } from '../stamps/stamp.guard.js';
import { parseStamp, type Stamp } from '../stamps/stamp.js';
import { allShards, ownPlacementOf, type ShardLists } from './shard-lists.js';

export interface LivePlacementOptions {
  readonly shards: readonly ResolvedShard[];
  readonly locator: ShardLocator;
  /** Creates a shard. */
  readonly create: (shard: ResolvedShard, placement: PlacementSource) => Shard;
}

/** The shards of this process and where its keys are, which `reshard()` changes. */
export class LivePlacement implements PlacementSource {
  readonly processId = randomUUID();
  lists: ShardLists;
  own: OwnPlacement;
  /** The shards in use. While keys move, those before and after. */
  shards: readonly Shard[];
  routes: Routes;
  private readonly handlers = new Set<() => void>();
  private knownShares: ReadonlyMap<string, number> | undefined;

  constructor(private readonly options: LivePlacementOptions) {
    this.lists = { before: options.shards };
    this.own = ownPlacementOf(this.lists, options.locator);
    this.shards = options.shards.map((shard) => options.create(shard, this));
    this.routes = this.routesOf(this.shards);
  }

  ownFor(id: string): OwnPlacement | undefined {
    return this.shards.some((shard) => shard.id === id) ? this.own : undefined;
  }

  /** The stamp of a move is preferred: another shard may have lost its stamp too. */
  async stampElsewhere(id: string): Promise<Stamp | undefined> {
    const others = this.shards.filter((shard) => shard.id !== id);
    const stamps = await Promise.all(others.map(readStamp));
    const found = stamps.filter((stamp) => stamp !== undefined);
    return found.find(({ next }) => next !== undefined) ?? found[0];
  }

  /** The shards of both lists: those in use, and new ones for the others. */
  shardsOf(lists: ShardLists): readonly Shard[] {
    const inUse = new Map(this.shards.map((shard) => [shard.id, shard]));
    return allShards(lists).map((shard) => inUse.get(shard.id) ?? this.options.create(shard, this));
  }

  /** Places keys by these lists from now on. `shards` are all shards of the lists. */
  change(lists: ShardLists, shards: readonly Shard[]): void {
    this.lists = lists;
    this.own = ownPlacementOf(lists, this.options.locator);
    this.shards = shards;
    this.routes = this.routesOf(shards);
    this.knownShares = undefined;
    // A shard that owns a key again has missed the changes since it owned it before.
    for (const { store } of shards) store.can?.fallback?.dropCopies();
    for (const handler of this.handlers) handler();
  }

  /** The share of the keys that each shard owns for this process, 0 to 1. */
  get shares(): ReadonlyMap<string, number> {
    const { before, after, phase } = this.lists;
    const owners = after === undefined || phase === 1 ? before : after;
    return (this.knownShares ??= locatorOf(owners, this.options.locator).shares());
  }

  /** Calls the handler after each change. The returned function unsubscribes it. */
  onChange(handler: () => void): () => void {
    // The same function may be subscribed twice.
    const own = (): void => handler();
    this.handlers.add(own);
    return () => void this.handlers.delete(own);
  }

  /** Calls `attach` for each shard in use and for each that is used later. What it returns is called at the end. */
  follow(attach: (shard: Shard) => (() => void) | undefined): () => void {
    const attached = new Map<Shard, (() => void) | undefined>();
    const update = (): void => {
      for (const [shard, detach] of attached) {
        if (this.shards.includes(shard)) continue;
        attached.delete(shard);
        detach?.();
      }
      for (const shard of this.shards) if (!attached.has(shard)) attached.set(shard, attach(shard));
    };
    update();
    const unsubscribe = this.onChange(update);
    return () => {
      unsubscribe();
      for (const detach of attached.values()) detach?.();
      attached.clear();
    };
  }

  private routesOf(shards: readonly Shard[]): Routes {
    const byId = new Map(shards.map((shard) => [shard.id, shard]));
    const named: NamedShard = (id) => {
      const shard = byId.get(id);
      if (shard === undefined) throw new RangeError('the placement names an unknown shard');
      return shard;
    };
    const { before, after, phase } = this.lists;
    if (after === undefined) return routesOf(before, named, this.options.locator);
    return phase === 1 ? movingRoutes(before, after, named) : movingRoutes(after, before, named);
  }
}

async function readStamp({ id, stamps }: Shard): Promise<Stamp | undefined> {
  const text = await stamps.read().catch(() => undefined);
  const stamp = text === undefined ? undefined : parseStamp(text);
  return stamp?.id === id ? stamp : undefined;
}
