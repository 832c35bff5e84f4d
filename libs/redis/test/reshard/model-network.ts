import type { MemoryAdapter } from '../../src/adapters/memory.adapter.js';
import type { CacheStore, KeyScanner, StoreCapabilities, StoreLink } from '../../src/domain/cache-store.js';
import type { ShardStamps } from '../../src/service/sharded/stamps/shard-stamps.js';
import { MemoryStamps } from '../../src/service/sharded/stamps/shard-stamps.js';
import type { VirtualProcess } from '../cache-engine/simulation/virtual-process.js';

/** A command reaches the server, and its reply the process, within this time. */
const MAX_DELAY_MS = 40;
/** How long a process stays registered. */
const REGISTERED_MS = 15_000;

/** A server, which other processes use too. */
const LINK: StoreLink = {
  tier: 'redis',
  state: 'up',
  identities: async () => [],
  onChange: () => () => {},
  onLoss: () => () => {},
};

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Sends calls of a process to a server. The server runs them even if the process is stopped meanwhile. */
export class ModelNetwork {
  constructor(private readonly process: VirtualProcess) {}

  send<T>(run: () => Promise<T>): Promise<T> {
    const { scheduler } = this.process;
    return new Promise((resolve, reject) => {
      const reply = (settle: () => void): void =>
        void scheduler.after(this.delayMs(), settle, { process: this.process });
      scheduler.after(this.delayMs(), () => {
        run().then(
          (value) => reply(() => resolve(value)),
          (error: unknown) => reply(() => reject(error)),
        );
      });
    });
  }

  /** The server as the process sees it. */
  storeOf(server: MemoryAdapter): CacheStore {
    const can: StoreCapabilities = {
      ...server.can,
      entries: this.delayed(server.can.entries ?? {}),
      keys: this.scannerOf(server),
      link: LINK,
    };
    const overrides: Readonly<Record<string, unknown>> = {
      can,
      connect: async () => {},
      disconnect: async () => {},
      with: () => store,
    };
    const store: CacheStore = this.delayed(server, overrides);
    return store;
  }

  stampsOf(server: ModelStamps): ShardStamps {
    return this.delayed(server);
  }

  private scannerOf(server: MemoryAdapter): KeyScanner {
    const scan = (): AsyncGenerator<{ node: string; cursor: string; keys: string[] }> => this.scan(server);
    return { scan };
  }

  private async *scan(server: MemoryAdapter): AsyncGenerator<{ node: string; cursor: string; keys: string[] }> {
    const keys: string[] = [];
    await this.send(async () => {
      for await (const batch of server.can.keys?.scan() ?? []) keys.push(...batch.keys);
    });
    yield { node: 'memory', cursor: '0', keys };
  }

  private delayed<T extends object>(target: object, overrides: Readonly<Record<string, unknown>> = {}): T {
    const methods = new Map<PropertyKey, unknown>(Object.entries(overrides));
    return new Proxy(target, {
      get: (_, name) => {
        if (methods.has(name)) return methods.get(name);
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const method: Method = (...args) => this.send(async () => Reflect.apply(value, target, args) as unknown);
        methods.set(name, method);
        return method;
      },
    }) as T;
  }

  private delayMs(): number {
    return 1 + this.process.scheduler.random.below(MAX_DELAY_MS);
  }
}

/** The stamp of a server, and the processes that are registered on it. */
export class ModelStamps extends MemoryStamps {
  private readonly registered = new Map<string, number>();

  constructor(
    private readonly nowMs: () => number,
    /** Registrations fail, as on a server that refuses writes. */
    private readonly registersNothing: boolean,
  ) {
    super();
  }

  override async register(process = '', before: readonly string[] = []): Promise<readonly string[]> {
    if (this.registersNothing) return [];
    for (const text of before) this.registered.delete(text);
    if (process !== '') this.registered.set(process, this.nowMs() + REGISTERED_MS);
    for (const [text, untilMs] of this.registered) if (untilMs <= this.nowMs()) this.registered.delete(text);
    return [...this.registered.keys()];
  }
}
