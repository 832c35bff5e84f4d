import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import type { LeaseRequest } from '../../../domain/entry-store.js';
import { FillTokens } from '../../copies/fill-tokens.js';
import { LocalLeases } from './local-leases.js';

let time: VirtualTime;
let fills: FillTokens;
let leases: LocalLeases;

beforeEach(() => {
  time = new VirtualTime();
  fills = new FillTokens();
  leases = new LocalLeases(time.clock, fills);
});

function request(token: string, more: Partial<LeaseRequest> = {}): LeaseRequest {
  return { token, ttlMs: 1000, clock: 5, minClock: 0, ...more };
}

describe('a lease of this process', () => {
  test('is held by one load until it ends or expires', async () => {
    expect(leases.acquire('k', request('a'))).toEqual({ status: 'acquired' });
    await time.advance(400);
    expect(leases.acquire('k', request('b'))).toEqual({ status: 'held', holder: 'a', remainingMs: 600 });
    expect(leases.renew('k', 'a', 1000)).toBe(true);
    await time.advance(999);
    expect(leases.acquire('k', request('b'))).toEqual({ status: 'held', holder: 'a', remainingMs: 1 });
    await time.advance(1);
    expect(leases.acquire('k', request('b'))).toEqual({ status: 'acquired' });
    expect([leases.has('k', 'a'), leases.has('k', 'b'), leases.end('k', 'a')]).toEqual([false, true, false]);
  });

  test('is taken over if its load began before a flush', () => {
    leases.acquire('k', request('a', { clock: 5 }));
    expect(leases.acquire('k', request('b', { clock: 7, minClock: 7 }))).toEqual({ status: 'acquired' });
    expect(leases.end('k', 'b')).toBe(true);
  });

  test('is void after a change of the key: its value is not valid, and another load may begin', () => {
    leases.acquire('k', request('a'));
    fills.kill('k');
    expect(leases.renew('k', 'a', 1000)).toBe(false);
    expect(leases.acquire('k', request('b'))).toEqual({ status: 'acquired' });
    fills.kill('k');
    expect(leases.end('k', 'b')).toBe(false);
  });

  test('of a load that failed keeps others from loading, for twice as long after each failure', async () => {
    const failure = { errorTtlMs: 100, maxMs: 300 };
    for (const remainingMs of [100, 200, 300, 300]) {
      expect(leases.acquire('k', request('a'))).toEqual({ status: 'acquired' });
      leases.end('k', 'a', failure);
      expect(leases.acquire('k', request('b'))).toEqual({ status: 'failed', remainingMs });
      await time.advance(remainingMs);
    }
    leases.acquire('k', request('a'));
    leases.end('k', 'a');
    leases.acquire('k', request('a'));
    leases.end('k', 'a', failure);
    expect(leases.acquire('k', request('b'))).toEqual({ status: 'failed', remainingMs: 100 });
  });

  test('ends with the outage', () => {
    leases.acquire('k', request('a'));
    leases.clear();
    expect([leases.has('k', 'a'), leases.renew('k', 'a', 1000), leases.end('k', 'a')]).toEqual([false, false, false]);
  });
});
