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
