import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import { PROCESSES_KEY, STAMP_KEY } from '../../../domain/models/internal-keys.js';
import { capabilityOf } from '../shards/capability-of.js';
import { PRESENCE } from './presence.script.js';
import { STAMP, type StampReply } from './stamp.script.js';

/** How long a process that does not disconnect stays registered. */
const REGISTERED_MS = 15_000;

/** What a shard carries beside its keys: its stamp, and while keys move the processes that use it. */
export interface ShardStamps {
  /** The text of the stamp; undefined if there is none. Within the limits of `view`, a view of the adapter. */
  read(view?: CacheStore): Promise<string | undefined>;
  /** Writes a stamp unless there is one other than `replaces`; empty: replaces none. */
  write(text: string, replaces: string, view?: CacheStore): Promise<StampReply>;
  /** Removes the stamp. */
  remove(): Promise<void>;
  /**
   * Registers a process for some seconds, and ends what it has registered before. An empty text registers nothing.
   * Returns all processes.
   */
  register(process: string, before: readonly string[]): Promise<readonly string[]>;
}

/** The stamp of a server. */
export class ServerStamps implements ShardStamps {
  constructor(private readonly adapter: CacheStore) {}

  /** A read, so that a server that does not accept writes now is used for reads. */
  async read(view = this.adapter): Promise<string | undefined> {
    const bytes = await capabilityOf(view, 'codec').bytes(STAMP_KEY);
    return bytes?.toString();
  }

  async write(text: string, replaces: string, view = this.adapter): Promise<StampReply> {
    try {
      return await capabilityOf(view, 'scripts').run(STAMP, [STAMP_KEY], [text, replaces]);
    } catch (error) {
      // Something else has used the key.
      if (error instanceof RedisInfraError && error.code === 'WRONG_TYPE') return { kind: 'other', text: '' };
      throw error;
    }
  }

  async remove(): Promise<void> {
    await this.adapter.deleteMany([STAMP_KEY, PROCESSES_KEY]);
  }

  async register(process: string, before: readonly string[]): Promise<readonly string[]> {
    const scripts = capabilityOf(this.adapter, 'scripts');
    return scripts.run(PRESENCE, [PROCESSES_KEY], [process, REGISTERED_MS, ...before]);
  }
}

/** The stamp of an embedded store, which no other process uses. */
export class MemoryStamps implements ShardStamps {
  private text: string | undefined;

  async read(): Promise<string | undefined> {
    return this.text;
  }

  async write(text: string, replaces: string): Promise<StampReply> {
    if (this.text === text) return { kind: 'own' };
    if (this.text !== undefined && this.text !== replaces) return { kind: 'other', text: this.text };
    this.text = text;
    return { kind: 'stamped' };
  }

  async remove(): Promise<void> {
    this.text = undefined;
  }

  async register(): Promise<readonly string[]> {
    return [];
  }
}
