import { Inject, Injectable } from '@nestjs/common';
import type { AdapterStatus, KeyLocation } from 'nestjs-redis-infra';
import { DemoStore } from '../store/demo.store.js';
import { LOCAL_SHARDS, type LocalShard, type LocalShards } from './local.shards.js';

const LISTED_KEYS = 50;

/** Keys of `/countries/<code>/cities`, for the first screen. */
const COUNTRIES = ['JP', 'FR', 'BR', 'NZ', 'EG', 'CA', 'IN', 'KE', 'SE', 'PE', 'US', 'TR'];

/** A shard and its server. */
export interface ShardReport {
  /** The address; `memory` for a memory store. */
  readonly server: string;
  /** To stop it by hand. Null: it is stopped, or a memory store. */
  readonly pid: number | null;
  readonly state: AdapterStatus['state'];
  readonly circuits: AdapterStatus['circuits'];
}

/** A stored key and where it is. */
export interface PlacedKey extends KeyLocation {
  readonly key: string;
}

/** Shows where keys are, and stops and starts the servers. */
@Injectable()
export class ShardsService {
  constructor(
    @Inject(DemoStore) private readonly demo: DemoStore,
    @Inject(LOCAL_SHARDS) private readonly local: LocalShards | null,
  ) {}

  /** Null: the demo does not run on shards. */
  report(): Readonly<Record<string, ShardReport>> | null {
    const statuses = this.demo.shards?.status();
    if (statuses === undefined) return null;
    return Object.fromEntries(
      Object.entries(statuses).map(([id, { state, circuits }]) => {
        const server = this.local?.find(id)?.server;
        const address = server === undefined ? 'memory' : `127.0.0.1:${server.port}`;
        return [id, { server: address, pid: server?.pid ?? null, state, circuits }];
      }),
    );
  }

  /** Where a key of the store is: `cache:countries::JP`. Undefined: the demo does not run on shards. */
  locate(key: string): PlacedKey | undefined {
    const { shards } = this.demo;
    return shards && { key, ...shards.locate(key) };
  }

  /** Stored keys of the caches on the shards that are up, at most 50 of each. */
  async keys(): Promise<readonly PlacedKey[]> {
    const keys = await Promise.all((this.local?.list ?? []).map((shard) => this.keysOn(shard)));
    return keys.flat();
  }

  /** Keys of the first screen: one on each shard. */
  examples(): readonly { readonly country: string; readonly shard: string; readonly slot: number }[] {
    const examples = new Map<string, { country: string; shard: string; slot: number }>();
    for (const country of COUNTRIES) {
      const placed = this.locate(`cache:countries::${country}`);
      if (placed !== undefined && !examples.has(placed.shard)) examples.set(placed.shard, { ...placed, country });
    }
    return [...examples.values()].sort((a, b) => a.shard.localeCompare(b.shard));
  }

  /** Ends the server of a shard without warning. False: it has no server. */
  async stop(id: string): Promise<boolean> {
    const server = this.local?.find(id)?.server;
    await server?.kill();
    return server !== undefined;
  }

  /** Starts the server of a shard again: empty, at the same address. False: it has no server. */
  async start(id: string): Promise<boolean> {
    const server = this.local?.find(id)?.server;
    if (server?.state === 'stopped') await server.restart();
    return server !== undefined;
  }

  private async keysOn({ id, server }: LocalShard): Promise<readonly PlacedKey[]> {
    const { shards } = this.demo;
    if (shards === undefined || shards.status()[id]?.state !== 'up') return [];
    const keys = new Set<string>();
    const node = `${id}/${server === undefined ? 'memory' : 'main'}`;
    for await (const batch of shards.can.keys?.scan({ prefix: 'cache:', node }) ?? [])
      for (const key of batch.keys) if (shards.locate(key).shard === id) keys.add(key);
    return [...keys].slice(0, LISTED_KEYS).map((key) => ({ key, ...shards.locate(key) }));
  }
}
