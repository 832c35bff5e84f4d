import { describe, expect, test } from 'vitest';
import { RequestedFailover, type FailoverSentinel } from './requested-failover.js';

const BEFORE = 6379;
const NEW_MASTER = { port: 6380 };

/** A Sentinel whose failovers end, with or without success, after `polls` calls of `master()`. */
class FakeSentinel implements FailoverSentinel {
  requests = 0;
  isReplaced = false;
  private pollsLeft = 0;

  constructor(
    private readonly succeeds: (request: number) => boolean,
    private readonly polls = 3,
  ) {}

  master(): Promise<Readonly<Record<string, string>>> {
    if (this.pollsLeft > 0 && --this.pollsLeft === 0) this.isReplaced = this.succeeds(this.requests);
    const flags = this.pollsLeft > 0 ? 'master,failover_in_progress,force_failover' : 'master';
    return Promise.resolve({ port: String(this.isReplaced ? NEW_MASTER.port : BEFORE), flags });
  }

  failover(): Promise<void> {
    this.requests++;
    this.pollsLeft = this.polls;
    return Promise.resolve();
  }

  done(withinMs = 10_000, agreed = () => this.isReplaced): Promise<unknown> {
    return new RequestedFailover(BEFORE, {
      sentinel: () => this,
      newMaster: () => Promise.resolve(agreed() ? NEW_MASTER : undefined),
      withinMs,
      pauseMs: 20,
    }).done();
  }
}

describe('RequestedFailover', () => {
  test('sends one request when the failover succeeds', async () => {
    const sentinel = new FakeSentinel(() => true);
    expect(await sentinel.done()).toBe(NEW_MASTER);
    expect(sentinel.requests).toBe(1);
  });

  test('repeats the request each time the Sentinel aborts the failover', async () => {
    const sentinel = new FakeSentinel((request) => request === 3);
    expect(await sentinel.done()).toBe(NEW_MASTER);
    expect(sentinel.requests).toBe(3);
  });

  test('does not repeat the request while the other Sentinels do not know the new master yet', async () => {
    const sentinel = new FakeSentinel(() => true);
    let polls = 0;
    expect(await sentinel.done(10_000, () => sentinel.isReplaced && ++polls > 10)).toBe(NEW_MASTER);
    expect(sentinel.requests).toBe(1);
  });

  test('rejects with the number of started failovers when none succeeds in time', async () => {
    const sentinel = new FakeSentinel(() => false);
    const error = await sentinel.done(300).catch((failure: Error) => failure);
    expect(error).toMatchObject({
      message: `the Sentinels replace the master on port ${BEFORE} on request: not within 300 ms`,
      cause: { message: `${sentinel.requests} failovers were started and none has completed` },
    });
    expect(sentinel.requests).toBeGreaterThan(1);
  });

  test('rejects with the error of Redis when the request is refused', async () => {
    const sentinel = new FakeSentinel(() => false);
    sentinel.failover = () => Promise.reject(new Error('NOGOODSLAVE No suitable replica to promote'));
    await expect(sentinel.done(0)).rejects.toMatchObject({ cause: { message: /^NOGOODSLAVE/ } });
  });

  test('rejects when no Sentinel is running', async () => {
    const failover = new RequestedFailover(BEFORE, {
      sentinel: () => undefined,
      newMaster: () => Promise.resolve(undefined),
      withinMs: 0,
    });
    await expect(failover.done()).rejects.toMatchObject({ cause: { message: 'no Sentinel is running' } });
  });
});
