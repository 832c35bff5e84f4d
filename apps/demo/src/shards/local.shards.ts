import type { ShardOptions } from 'nestjs-redis-infra';
import { RedisServer } from 'nestjs-redis-infra/testing';

/** Injection token of the LocalShards; null if the demo does not run on shards. */
export const LOCAL_SHARDS = Symbol('LOCAL_SHARDS');

const IDS = ['eu-1', 'eu-2', 'eu-3'];

/** A shard on this machine. */
export interface LocalShard {
  readonly id: string;
  /** Undefined: a memory store. */
  readonly server: RedisServer | undefined;
}

/** Three shards on this machine: servers that end with this process, or memory stores if there is no redis-server. */
export class LocalShards {
  private constructor(readonly list: readonly LocalShard[]) {}

  /** Starts the servers on free ports of the loopback interface. */
  static async start(): Promise<LocalShards> {
    const servers = await Promise.allSettled(IDS.map(() => RedisServer.start()));
    const started = servers.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (started.length === IDS.length) return new LocalShards(IDS.map((id, at) => ({ id, server: started[at] })));
    await Promise.all(started.map((server) => server.stop()));
    return new LocalShards(IDS.map((id) => ({ id, server: undefined })));
  }

  /** The option of `RedisModule`. */
  get options(): readonly ShardOptions[] {
    return this.list.map(({ id, server }) => ({ id, connection: server?.url ?? 'memory://' }));
  }

  /** Undefined: there is no shard with this id. */
  find(id: string): LocalShard | undefined {
    return this.list.find((shard) => shard.id === id);
  }
}
