import type { Duration } from '../../../common/duration.js';
import { optionInvalid } from '../../../common/options.js';
import type { LoadContext, Loader } from './load-context.js';

/** The argument of the loader of `getOrSetMany`. Its methods control how the value of one of the keys is stored. */
export interface BatchLoadContext {
  /** Aborted when the load exceeds `loadTimeout` or the cache is disconnected. */
  readonly signal: AbortSignal;
  /** Sets how long the value of this key is fresh, before `jitter`. @throws RedisInfraError OPTION_INVALID */
  ttl(key: string, duration: Duration): void;
  /** Adds tags to the value of this key. @throws RedisInfraError OPTION_INVALID */
  tag(key: string, ...tags: string[]): void;
  /** Does not store the value of this key. The caller still receives it. */
  skip(key: string): void;
  /** States that the load of this key failed. The result of `getOrSetMany` does not contain the key. */
  fail(key: string, error: unknown): void;
}

/** Produces the values of several keys. A key that the result does not contain has no value. */
export type BatchLoader<T> = (
  missing: readonly string[],
  context: BatchLoadContext,
) => ReadonlyMap<string, T> | Promise<ReadonlyMap<string, T>>;

/** A key that waits for the loader. */
interface WaitingKey<T> {
  readonly key: string;
  readonly context: LoadContext;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs one loader for the keys of a `getOrSetMany` that this call loads. Each key has a load and a lease of its own; the
 * loader is called when it is known for every key whether this call loads it. A key that is found to be missing later
 * is loaded by a further call.
 */
export class BatchLoad<T> {
  private undecided: number;
  private expected = 0;
  private waiting: WaitingKey<T>[] = [];
  private isStarted = false;
  private readonly errors = new Set<unknown>();

  constructor(
    private readonly loader: BatchLoader<T>,
    keys: number,
  ) {
    this.undecided = keys;
  }

  /** Whether this error rejected the loader as a whole. */
  hasFailedWith(error: unknown): boolean {
    return this.errors.has(error);
  }

  /** It is known for one more key whether this call loads it. */
  decide(isLoadedHere: boolean): void {
    this.undecided--;
    if (isLoadedHere) this.expected++;
    this.startWhenComplete();
  }

  /** The loader of one key. */
  loaderOf(key: string): Loader<T> {
    return (context) =>
      new Promise<T>((resolve, reject) => {
        this.waiting.push({ key, context, resolve, reject });
        if (this.isStarted) queueMicrotask(() => void this.start());
        else this.startWhenComplete();
      });
  }

  private startWhenComplete(): void {
    if (this.isStarted || this.undecided > 0 || this.waiting.length < this.expected) return;
    this.isStarted = true;
    void this.start();
  }

  private async start(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    const [first] = batch;
    if (first === undefined) return;
    const failures = new Map<string, unknown>();
    try {
      const keys = batch.map(({ key }) => key);
      const values = await this.loader(keys, contextOf(batch, first.context.signal, failures));
      if (!(values instanceof Map)) throw optionInvalid('loader', 'must return a Map of values by key');
      for (const { key, resolve, reject } of batch) {
        if (failures.has(key)) reject(failures.get(key));
        else resolve(values.get(key));
      }
    } catch (error) {
      this.errors.add(error);
      for (const { reject } of batch) reject(error);
    }
  }
}

function contextOf<T>(
  batch: readonly WaitingKey<T>[],
  signal: AbortSignal,
  failures: Map<string, unknown>,
): BatchLoadContext {
  const contexts = new Map(batch.map(({ key, context }) => [key, context]));
  const of = (key: string): LoadContext => {
    const context = contexts.get(key);
    if (context === undefined) throw optionInvalid('key', 'must be one of the missing keys');
    return context;
  };
  return {
    signal,
    ttl: (key, duration) => of(key).ttl(duration),
    tag: (key, ...tags) => of(key).tag(...tags),
    skip: (key) => of(key).skip(),
    fail: (key, error) => {
      of(key);
      failures.set(key, error);
    },
  };
}
