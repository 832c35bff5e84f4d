import { describe, expect, test } from 'vitest';
import type { FeedListener, FeedSubscription, InvalidationFeed } from '../../../domain/entry-store.js';
import { seededRandom } from '../../../testing/compressor-contract/seeded-random.js';
import type { FillToken } from '../../copies/fill-tokens.js';
import { copyCodecOf } from './copy-codec.js';
import { MAX_UNCONFIRMED_MS } from '../../../domain/entry-store.js';
import { NearCache } from './near-cache.js';
import { resolveNear } from './near-options.js';

const CODEC = copyCodecOf(undefined);

/** Runs functions in the order of virtual time. */
class VirtualTime {
  nowMs = 0;
  private readonly due: { readonly atMs: number; readonly run: () => void }[] = [];

  at(atMs: number, run: () => void): void {
    this.due.push({ atMs, run });
  }

  runAll(): void {
    for (let next = this.takeNext(); next !== undefined; next = this.takeNext()) {
      this.nowMs = next.atMs;
      next.run();
    }
  }

  private takeNext(): { readonly atMs: number; readonly run: () => void } | undefined {
    let first = 0;
    for (let i = 1; i < this.due.length; i++) if (this.due[i]!.atMs < this.due[first]!.atMs) first = i;
    return this.due.splice(first, 1)[0];
  }
}

/** A server whose changes arrive in order after random delays, on a feed that is interrupted now and then. */
class ModelServer implements InvalidationFeed {
  readonly allowsCopies = true;
  readonly values = new Map<string, number>();
  /** When each value was replaced. */
  readonly replacedMs = new Map<number, number>();
  private writes = 0;
  private confirmedMs = -Infinity;
  private listener: FeedListener | undefined;
  private connection = 0;
  private isConnected = false;
  private arrivalMs = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: () => number,
  ) {}

  subscribe(_rootPrefix: string, listener: FeedListener): FeedSubscription {
    this.listener = listener;
    this.connect();
    const confirmedMs = (): number => this.confirmedMs;
    return {
      get confirmedMs() {
        return confirmedMs();
      },
      close: () => {},
    };
  }

  write(key: string): void {
    const replaced = this.values.get(key);
    if (replaced !== undefined) this.replacedMs.set(replaced, this.time.nowMs);
    this.values.set(key, ++this.writes);
    this.deliver(() => this.listener?.onInvalidate([key]));
  }

  ping(): void {
    const sentMs = this.time.nowMs;
    this.time.at(sentMs + this.random() * 50, () => this.deliver(() => this.changeConfirmed(sentMs)));
  }

  disconnect(): void {
    this.isConnected = false;
    this.changeConfirmed(-Infinity);
    this.time.at(this.time.nowMs + this.random() * 300, () => this.connect());
  }

  private connect(): void {
    if (this.isConnected) return;
    this.connection++;
    this.isConnected = true;
    this.arrivalMs = this.time.nowMs;
    this.listener?.onInvalidate(null);
    this.changeConfirmed(this.time.nowMs);
  }

  private changeConfirmed(confirmedMs: number): void {
    this.confirmedMs = confirmedMs;
    this.listener?.onConfirmed();
  }

  private deliver(message: () => void): void {
    const { connection } = this;
    if (!this.isConnected) return;
    this.arrivalMs = Math.max(this.arrivalMs, this.time.nowMs + this.random() ** 3 * 400);
    this.time.at(this.arrivalMs, () => {
      if (this.isConnected && this.connection === connection) message();
    });
  }
}

interface Outcome {
  /** The copies that were used. */
  readonly hits: number;
  /** The copies that were used although they had been replaced for longer than the bound. */
  readonly late: number;
  /** The keys whose copy differs from the server when everything has been delivered. */
  readonly stale: number;
}

const KEYS = Array.from({ length: 12 }, (_, i) => `cache:${i}`);

/** @param begins when a fill takes its token: before its read is sent, or not before the value has arrived */
function runHistory(seed: number, begins: 'before' | 'after'): Outcome {
  const random = seededRandom(seed);
  const time = new VirtualTime();
  const server = new ModelServer(time, random);
  const options = resolveNear(true, 'near');
  if (options === undefined) throw new Error('near is off');
  const near = new NearCache({
    options,
    feed: server,
    rootPrefix: 'cache:',
    isDecoding: true,
    onVersions: () => {},
    onUntracked: () => {},
  });
  const keyAtRandom = (): string => KEYS[Math.floor(random() * KEYS.length)] ?? '';
  let [hits, late] = [0, 0];

  const use = (key: string): boolean => {
    const copy = near.peek(key, time.nowMs, undefined);
    if (copy === undefined) return false;
    hits++;
    const replacedMs = server.replacedMs.get(copy.value<number>()) ?? Infinity;
    if (time.nowMs - replacedMs > MAX_UNCONFIRMED_MS) late++;
    return true;
  };
  const fill = (key: string): void => {
    let token: FillToken | undefined = begins === 'before' ? near.beginFill(key) : undefined;
    time.at(time.nowMs + random() * 20, () => {
      const value = server.values.get(key);
      time.at(time.nowMs + random() ** 3 * 600, () => {
        token ??= near.beginFill(key);
        if (value === undefined) return near.abandonFill(token);
        const { kept } = near.divide(token, value, CODEC);
        near.endFill(token, { kept, codec: CODEC, freshUntilMs: Infinity, clock: undefined }, time.nowMs);
      });
    });
  };
  for (let ms = 0; ms < 5000; ms += 10) {
    time.at(ms, () => {
      const key = keyAtRandom();
      if (random() < 0.2) server.write(key);
      else if (!use(key)) fill(key);
      if (random() < 0.005) server.disconnect();
      if (ms % 200 === 0) server.ping();
    });
  }
  time.runAll();
  const isStale = (key: string): boolean => {
    const copy = near.find(key);
    return copy !== undefined && copy.value<number>() !== server.values.get(key);
  };
  return { hits, late, stale: KEYS.filter(isStale).length };
}

function runHistories(begins: 'before' | 'after'): Outcome {
  const sum = { hits: 0, late: 0, stale: 0 };
  for (let seed = 1; seed <= 100; seed++) {
    const { hits, late, stale } = runHistory(seed, begins);
    sum.hits += hits;
    sum.late += late;
    sum.stale += stale;
  }
  return sum;
}

describe('random histories of fills, writes, delays and lost connections', () => {
  test('leave no stale copy, and use no copy later than a second after its value was replaced', () => {
    const { hits, late, stale } = runHistories('before');
    expect(hits).toBeGreaterThan(5000);
    expect({ late, stale }).toEqual({ late: 0, stale: 0 });
  });

  test('leave stale copies when fills take their tokens only after the read', () => {
    const { late, stale } = runHistories('after');
    expect(stale).toBeGreaterThan(10);
    expect(late).toBeGreaterThan(10);
  });
});
