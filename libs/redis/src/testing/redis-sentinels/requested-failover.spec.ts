import { describe, expect, test } from 'vitest';
import { RequestedFailover, type AskedSentinel } from './requested-failover.js';

const BEFORE = 6379;
const NEW_MASTER = { port: 6380 };

/** A Sentinel of which each request comes to an end after so many looks at it, well or not. */
class FakeSentinel implements AskedSentinel {
  requests = 0;
  isReplaced = false;
  private looksLeft = 0;

  constructor(
    private readonly succeeds: (request: number) => boolean,
    private readonly looks = 3,
  ) {}

  master(): Promise<Readonly<Record<string, string>>> {
    if (this.looksLeft > 0 && --this.looksLeft === 0) this.isReplaced = this.succeeds(this.requests);
    const flags = this.looksLeft > 0 ? 'master,failover_in_progress,force_failover' : 'master';
    return Promise.resolve({ port: String(this.isReplaced ? NEW_MASTER.port : BEFORE), flags });
  }

  failover(): Promise<void> {
    this.requests++;
    this.looksLeft = this.looks;
    return Promise.resolve();
  }

  done(withinMs = 10_000, agreed = () => this.isReplaced): Promise<unknown> {
    return new RequestedFailover(BEFORE, {
      sentinel: () => this,
      takenOver: () => Promise.resolve(agreed() ? NEW_MASTER : undefined),
      withinMs,
      pauseMs: 20,
    }).done();
  }
}

describe('a failover on request', () => {
  test('is asked for once where it is carried out', async () => {
    const sentinel = new FakeSentinel(() => true);
    expect(await sentinel.done()).toBe(NEW_MASTER);
    expect(sentinel.requests).toBe(1);
  });

  test('is asked for again as often as it is given up', async () => {
    const sentinel = new FakeSentinel((request) => request === 3);
    expect(await sentinel.done()).toBe(NEW_MASTER);
    expect(sentinel.requests).toBe(3);
  });

  test('is not asked for again while the others have not heard of the new master', async () => {
    const sentinel = new FakeSentinel(() => true);
    let looks = 0;
    expect(await sentinel.done(10_000, () => sentinel.isReplaced && ++looks > 10)).toBe(NEW_MASTER);
    expect(sentinel.requests).toBe(1);
  });

  test('that is never carried out ends with an error that says how often it was begun', async () => {
    const sentinel = new FakeSentinel(() => false);
    const error = await sentinel.done(300).catch((failure: Error) => failure);
    expect(error).toMatchObject({
      message: `the Sentinels replace the master on port ${BEFORE} on request: not within 300 ms`,
      cause: { message: `a failover was begun ${sentinel.requests} times, and not carried out` },
    });
    expect(sentinel.requests).toBeGreaterThan(1);
  });

  test('that is refused ends with the answer of Redis', async () => {
    const sentinel = new FakeSentinel(() => false);
    sentinel.failover = () => Promise.reject(new Error('NOGOODSLAVE No suitable replica to promote'));
    await expect(sentinel.done(0)).rejects.toMatchObject({ cause: { message: /^NOGOODSLAVE/ } });
  });

  test('needs a Sentinel', async () => {
    const failover = new RequestedFailover(BEFORE, {
      sentinel: () => undefined,
      takenOver: () => Promise.resolve(undefined),
      withinMs: 0,
    });
    await expect(failover.done()).rejects.toMatchObject({ cause: { message: 'no Sentinel is running' } });
  });
});
