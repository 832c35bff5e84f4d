import { RedisInfraError } from '../../../src/common/redis-infra.error.js';
import type { Acquisition, EntryRead, VersionScope } from '../../../src/domain/entry-store.js';
import type { EngineParts, HistoryLoader } from './engine-under-test.js';
import { loadHandle } from './load-handle.js';
import { ReferenceEntries, isStoreError } from './reference-entries.js';

const LEASE_MS = 5000;
const POLL_MS = 200;

/** A request of a value, or of a load. */
export interface LoadRequest {
  readonly at: string;
  readonly scope: VersionScope;
  readonly loader: HistoryLoader;
  readonly tags: readonly string[];
}

interface RunningLoad {
  readonly controller: AbortController;
  readonly value: Promise<unknown>;
}

/** The loads of the reference engine. */
export class ReferenceLoads {
  private readonly entries: ReferenceEntries;
  /** The loads of this process, by the tokens of their leases. */
  private readonly running = new Map<string, RunningLoad>();
  private readonly wakeUps = new Set<() => void>();
  private readonly processName: string;
  private loads = 0;
  private isClosed = false;

  constructor(private readonly parts: EngineParts) {
    this.entries = new ReferenceEntries(parts.entries, parts.options);
    this.processName = Math.floor(parts.random() * 2 ** 30).toString(36);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const wakeUp of this.wakeUps) wakeUp();
    const loads = [...this.running.values()];
    for (const { controller } of loads) controller.abort(closed());
    await Promise.allSettled(loads.map(({ value }) => value));
  }

  async getOrLoad(request: LoadRequest): Promise<unknown> {
    const waitUntilMs = this.parts.clock.monotonicMs() + this.parts.options.lockTimeoutMs;
    try {
      for (;;) {
        const found = await this.readOrLoad(request, waitUntilMs);
        if (found !== undefined) return await found.value;
      }
    } catch (error) {
      if (!isStoreError(error)) throw error;
      if (this.isClosed) throw closed();
      return this.start(request, this.nextToken(), () => Promise.resolve());
    }
  }

  /** Returns a stored value, a load, or undefined after another load of the key has ended. */
  private async readOrLoad(
    request: LoadRequest,
    waitUntilMs: number,
  ): Promise<{ readonly value: unknown } | undefined> {
    const { at, scope } = request;
    const { entries } = this.parts;
    if (this.isClosed) throw closed();
    const read = await entries.read(at, scope);
    if (await this.entries.isFresh(scope, read, read.versions)) return { value: read.stored?.value };
    const token = this.nextToken();
    const { clock, floor, tagged } = read.versions;
    const reply = await entries.acquire(at, { token, ttlMs: LEASE_MS, clock, minClock: Math.max(floor, tagged) });
    if (reply.status === 'acquired') return { value: this.loadLeased(request, token, read, reply) };
    const own = reply.status === 'held' ? this.running.get(reply.holder) : undefined;
    if (own !== undefined) return own;
    const leftMs = waitUntilMs - this.parts.clock.monotonicMs();
    if (this.isClosed) throw closed();
    if (leftMs <= 0) return { value: this.start(request, token, () => Promise.resolve()) };
    await this.pause(Math.min(leftMs, POLL_MS));
    return undefined;
  }

  private async loadLeased(
    request: LoadRequest,
    token: string,
    { versions }: EntryRead<unknown>,
    reply: Acquisition<unknown>,
  ): Promise<unknown> {
    const { at, scope, tags } = request;
    const { entries, clock } = this.parts;
    if (await this.entries.isFresh(scope, reply, versions)) {
      await entries.release(at, token);
      return reply.stored?.value;
    }
    const acquiredMs = clock.monotonicMs();
    if (this.isClosed) {
      await entries.release(at, token);
      throw closed();
    }
    return this.start(request, token, async (value, loaderTags) => {
      const nowMs = reply.nowMs + Math.floor(clock.monotonicMs() - acquiredMs);
      const entry = this.entries.entry(value, nowMs, versions.clock, [...tags, ...loaderTags]);
      await entries.publish(at, token, entry);
    });
  }

  private nextToken(): string {
    return `${this.processName}-${this.loads++}`;
  }

  /** Runs the loader. */
  private start(
    { at, loader }: LoadRequest,
    token: string,
    publish: (value: unknown, tags: readonly string[]) => Promise<void>,
  ): Promise<unknown> {
    const controller = new AbortController();
    const value = this.load(at, token, controller, async () => {
      const handle = loadHandle(controller.signal);
      const loaded = await loader(handle);
      if (loaded !== undefined && !handle.isSkipped()) await publish(loaded, handle.tags).catch(() => undefined);
      return loaded;
    });
    this.running.set(token, { controller, value });
    return value;
  }

  private async load(
    at: string,
    token: string,
    controller: AbortController,
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    const { timers, entries, options } = this.parts;
    const cancelTimeout = timers.after(options.loadTimeoutMs, () => controller.abort(loadTimeout()));
    const stopRenewing = this.renewing(at, token);
    try {
      return await run();
    } finally {
      cancelTimeout();
      stopRenewing();
      await entries.release(at, token).catch(() => undefined);
      this.running.delete(token);
    }
  }

  private renewing(at: string, token: string): () => void {
    let isLoading = true;
    let cancel = (): void => undefined;
    const schedule = (): void => {
      cancel = this.parts.timers.after(LEASE_MS / 3, () => {
        void this.parts.entries.renew(at, token, LEASE_MS).catch(() => undefined);
        if (isLoading) schedule();
      });
    };
    schedule();
    return () => {
      isLoading = false;
      cancel();
    };
  }

  /** Waits before the key is read again. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wakeUp = (): void => {
        cancel();
        this.wakeUps.delete(wakeUp);
        resolve();
      };
      const cancel = this.parts.timers.after(ms, wakeUp);
      this.wakeUps.add(wakeUp);
    });
  }
}

function closed(): RedisInfraError {
  return new RedisInfraError('CLOSED', 'the cache is disconnected');
}

function loadTimeout(): RedisInfraError {
  return new RedisInfraError('LOAD_TIMEOUT', 'the loader takes too long');
}
