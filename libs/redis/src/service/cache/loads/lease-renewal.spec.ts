import { beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../../test/support/cache.js';
import { VirtualTime } from '../../../../test/support/virtual-time.js';
import { LEASE_MS, renewLease } from './lease-renewal.js';

const INTERVAL_MS = LEASE_MS / 3;

let time: VirtualTime;
let sentMs: number[];
let replies: ReturnType<typeof deferred<boolean>>[];
let stop: () => void;

beforeEach(() => {
  time = new VirtualTime();
  sentMs = [];
  replies = [];
  const renew = (): Promise<boolean> => {
    const reply = deferred<boolean>();
    sentMs.push(time.clock.monotonicMs());
    replies.push(reply);
    return reply.promise;
  };
  stop = renewLease({ renew }, 'k', 'token', time);
});

/** The time between the first and the second request. */
function betweenFirstMs(): number {
  const [first = 0, second = Infinity] = sentMs;
  return second - first;
}

describe('the renewal of a lease', () => {
  test('counts the time of the lease from the request, because the reply may be late', async () => {
    await time.advance(INTERVAL_MS);
    await time.advance(1000);
    replies[0]?.give(true);
    await time.advance(INTERVAL_MS - 999);
    expect(betweenFirstMs()).toBeCloseTo(INTERVAL_MS);
  });

  test('follows immediately if the reply is later than the next renewal', async () => {
    await time.advance(INTERVAL_MS);
    await time.advance(INTERVAL_MS + 500);
    replies[0]?.give(true);
    await time.advance(0);
    expect(sentMs).toHaveLength(2);
  });

  test('is repeated if it fails, counted in the same way', async () => {
    await time.advance(INTERVAL_MS);
    await time.advance(500);
    replies[0]?.fail(new Error('closed'));
    await time.advance(INTERVAL_MS - 499);
    expect(betweenFirstMs()).toBeCloseTo(INTERVAL_MS);
  });

  test('ends when the lease is lost, and when the load ends', async () => {
    await time.advance(INTERVAL_MS);
    replies[0]?.give(false);
    await time.advance(LEASE_MS);
    expect(sentMs).toHaveLength(1);
    stop();
    await time.advance(LEASE_MS);
    expect(sentMs).toHaveLength(1);
  });
});
