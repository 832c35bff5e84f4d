import type { Cluster } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../common/clock.js';
import { watchRefreshes } from './slot-refresh.js';

type Callback = (error?: Error | null) => void;

let refreshes: (Callback | undefined)[];
let nodes: { status: string }[];
let client: {
  status: string;
  nodes: () => typeof nodes;
  refreshSlotsCache: (callback?: Callback) => void;
  disconnect: () => void;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  refreshes = [];
  nodes = [{ status: 'wait' }];
  client = {
    status: 'ready',
    nodes: () => nodes,
    refreshSlotsCache: (callback) => void refreshes.push(callback),
    disconnect: vi.fn(),
  };
  watchRefreshes(client as unknown as Cluster, systemClock);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('watchRefreshes', () => {
  test('refreshes immediately, then at most once per interval, and includes the last request of a burst', () => {
    for (let i = 0; i < 10; i++) client.refreshSlotsCache();
    expect(refreshes).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(refreshes).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(refreshes).toHaveLength(2);
  });

  test('does not delay a refresh with a callback', () => {
    client.refreshSlotsCache();
    const callback = vi.fn();
    client.refreshSlotsCache(callback);
    expect(refreshes).toHaveLength(2);
    refreshes[1]?.();
    expect(callback).toHaveBeenCalledOnce();
  });

  test('reconnects the cluster when a refresh fails and no node is connected', () => {
    client.refreshSlotsCache();
    refreshes[0]?.(new Error('Failed to refresh slots cache.'));
    expect(client.disconnect).toHaveBeenCalledWith(true);
  });

  test('does not reconnect a cluster that has a connected node or is not ready', () => {
    client.refreshSlotsCache();
    nodes.push({ status: 'ready' });
    refreshes[0]?.(new Error('Failed to refresh slots cache.'));
    nodes.pop();
    client.status = 'disconnecting';
    refreshes[0]?.(new Error('Failed to refresh slots cache.'));
    client.status = 'ready';
    refreshes[0]?.(null);
    expect(client.disconnect).not.toHaveBeenCalled();
  });
});

/** Reads the slots once for all requests that arrive until the read ends, as ioredis does. */
class SharingCluster {
  readonly status = 'ready';
  isRefreshing = false;
  reads = 0;
  private callbacks: (Callback | undefined)[] = [];

  nodes(): readonly { status: string }[] {
    return [{ status: 'ready' }];
  }

  refreshSlotsCache(callback?: Callback): void {
    this.callbacks.push(callback);
    if (!this.isRefreshing) this.reads++;
    this.isRefreshing = true;
  }

  /** Callbacks that a callback adds are called too, although their request came after the read. */
  end(error?: Error): void {
    this.isRefreshing = false;
    for (const callback of this.callbacks) callback?.(error);
    this.callbacks = [];
  }
}

describe('a refresh that is requested while another refresh is running', () => {
  let cluster: SharingCluster;

  beforeEach(() => {
    cluster = new SharingCluster();
    watchRefreshes(cluster as unknown as Cluster, systemClock);
    cluster.refreshSlotsCache();
  });

  test.each([
    ['immediately', 0],
    ['after more than the interval', 150],
  ])('begins when the running refresh ends, also without a callback (requested %s)', async (_, afterMs) => {
    vi.advanceTimersByTime(afterMs);
    cluster.refreshSlotsCache();
    vi.advanceTimersByTime(100);
    cluster.end();
    await Promise.resolve();
    expect(cluster.reads).toBe(2);
  });

  test('answers a callback when it ends itself', async () => {
    const callback = vi.fn();
    cluster.refreshSlotsCache(callback);
    cluster.end(new Error('the running refresh failed'));
    await Promise.resolve();
    expect(cluster.reads).toBe(2);
    expect(callback).not.toHaveBeenCalled();
    cluster.end();
    expect(callback).toHaveBeenCalledExactlyOnceWith(undefined);
  });

  test('is shared by all callbacks that wait for it', async () => {
    const callbacks = [vi.fn(), vi.fn()];
    for (const callback of callbacks) cluster.refreshSlotsCache(callback);
    cluster.end();
    await Promise.resolve();
    const failure = new Error('the next refresh failed');
    cluster.end(failure);
    expect(cluster.reads).toBe(2);
    for (const callback of callbacks) expect(callback).toHaveBeenCalledExactlyOnceWith(failure);
  });
});
