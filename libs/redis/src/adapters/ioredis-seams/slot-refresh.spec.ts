import type { Cluster } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchRefreshes } from './slot-refresh.js';

type Callback = (error?: Error | null) => void;

let asked: (Callback | undefined)[];
let nodes: { status: string }[];
let client: {
  status: string;
  nodes: () => typeof nodes;
  refreshSlotsCache: (callback?: Callback) => void;
  disconnect: () => void;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  asked = [];
  nodes = [{ status: 'wait' }];
  client = {
    status: 'ready',
    nodes: () => nodes,
    refreshSlotsCache: (callback) => void asked.push(callback),
    disconnect: vi.fn(),
  };
  watchRefreshes(client as unknown as Cluster);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('asking who owns which slots', () => {
  test('is done at once, and then at most so often, the last of a burst included', () => {
    for (let i = 0; i < 10; i++) client.refreshSlotsCache();
    expect(asked).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(asked).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(asked).toHaveLength(2);
  });

  test('is not put off for whoever waits for the answer', () => {
    client.refreshSlotsCache();
    const callback = vi.fn();
    client.refreshSlotsCache(callback);
    expect(asked).toHaveLength(2);
    asked[1]?.();
    expect(callback).toHaveBeenCalledOnce();
  });

  test('in vain, with no node connected, begins the cluster anew', () => {
    client.refreshSlotsCache();
    asked[0]?.(new Error('Failed to refresh slots cache.'));
    expect(client.disconnect).toHaveBeenCalledWith(true);
  });

  test('in vain leaves a cluster alone that has a connection, or is not up', () => {
    client.refreshSlotsCache();
    nodes.push({ status: 'ready' });
    asked[0]?.(new Error('Failed to refresh slots cache.'));
    nodes.pop();
    client.status = 'disconnecting';
    asked[0]?.(new Error('Failed to refresh slots cache.'));
    client.status = 'ready';
    asked[0]?.(null);
    expect(client.disconnect).not.toHaveBeenCalled();
  });
});
