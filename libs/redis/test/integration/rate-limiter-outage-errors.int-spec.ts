import type { RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RateLimiter, type RateLimitPolicy } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { QUOTA, countedAt, untilDecidedByRedis, limiterOf } from '../support/limiter.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const LONG_DEADLINE = { deadline: '2s' } as const;
const PERMITS: RateLimitPolicy = { name: 'permits', limit: 2, window: '1h', algorithm: 'concurrency' };
const started = resourcesPerTest();

/** Collects the failures of a limiter: the action, the code, and the error reply of the server. */
function failuresOf(limiter: RateLimiter): string[] {
  const failures: string[] = [];
  limiter.on('failure', ({ error, action }) =>
    failures.push(`${action} ${error.code} ${String(error.context.reply ?? '')}`.trim()),
  );
  return failures;
}

/** Expects local decisions, and LIMITER_UNAVAILABLE for operations that need the server. */
async function expectLocal(limiter: RateLimiter, subject = 'a'): Promise<void> {
  expect(await limiter.consume(QUOTA, subject)).toMatchObject({ source: 'local', allowed: true });
  expect(await limiter.check(QUOTA, subject)).toMatchObject({ source: 'local' });
  expect(await limiter.penalty(QUOTA, subject, 1)).toMatchObject({ source: 'local' });
  const { decision, release } = await limiter.acquire(PERMITS, subject);
  expect(decision).toMatchObject({ source: 'local', allowed: true });
  await release();
  expect(await failure(limiter.reset(QUOTA, subject))).toMatchObject({ code: 'LIMITER_UNAVAILABLE' });
}

/** Fills the server: at its maxmemory, without eviction. */
async function fill(server: RedisServer): Promise<void> {
  await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
}

describe('decisions are local when the server answers with an error', () => {
  test('because the user must not run scripts', async () => {
    const server = await started.server({ users: { bob: { password: 'pw', rules: '~* &* +@all -@scripting' } } });
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    const failures = failuresOf(limiter);
    await expectLocal(limiter);
    expect(new Set(failures)).toEqual(new Set(['local COMMAND_FAILED NOPERM']));
  });

  test('because the user must not access the key', async () => {
    const server = await started.server({ users: { bob: { password: 'pw', rules: '~mine:* &* +@all' } } });
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    const failures = failuresOf(limiter);
    await expectLocal(limiter);
    expect(new Set(failures)).toEqual(new Set(['local COMMAND_FAILED NOPERM']));
  });

  test('because it is full, until it has memory again', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    await limiter.consume(QUOTA, 'a');
    await fill(server);
    const failures = failuresOf(limiter);
    await expectLocal(limiter);
    expect(failures[0]).toBe('local OUT_OF_MEMORY OOM');
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await untilDecidedByRedis(limiter);
    expect(await countedAt(server.url, 'a')).toBe(1);
  });

  test('because it is a replica', async () => {
    const master = await started.server();
    const replica = await started.server({ replicaOf: master });
    const limiter = limiterOf(started, replica.url, LONG_DEADLINE);
    const failures = failuresOf(limiter);
    await expectLocal(limiter);
    expect(failures[0]).toBe('local READ_ONLY READONLY');
    expect(await countedAt(master.url, 'a')).toBe(0);
  });

  test('because the key holds another type, which stays unchanged', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    await server.command('RPUSH', '{rl:44}:a', 'theirs');
    const failures = failuresOf(limiter);
    await expectLocal(limiter);
    expect(new Set(failures)).toEqual(new Set(['local WRONG_TYPE']));
    expect(await server.command('LRANGE', '{rl:44}:a', '0', '-1')).toEqual(['theirs']);
    expect(await limiter.consume(QUOTA, 'b')).toMatchObject({ source: 'redis' });
  });

  test('because it is busy with a script, until that ends', async () => {
    const server = await started.server({ config: { 'busy-reply-threshold': '10' } });
    const limiter = limiterOf(started, server.url, { deadline: '300ms' });
    await untilDecidedByRedis(limiter);
    const failures = failuresOf(limiter);
    const busy = codeOf(server.command('EVAL', 'while true do end', '0'));
    await eventually(async () => (await limiter.consume(QUOTA, 'a')).source === 'local');
    await expectLocal(limiter);
    expect(failures.every((text) => /^local (COMMAND_FAILED BUSY|CIRCUIT_OPEN|DEADLINE_EXCEEDED)$/.test(text))).toBe(
      true,
    );
    await server.command('SCRIPT', 'KILL');
    await busy;
    await untilDecidedByRedis(limiter);
  });

  test('because the in-flight limit is reached', async () => {
    const server = await started.server();
    const adapter = started.adapter(server.url, { resilience: { maxInFlight: 1, maxQueued: 0 } });
    const limiter = limiterOf(started, adapter, { ...LONG_DEADLINE, onError: 'closed' });
    const failures = failuresOf(limiter);
    await limiter.peek(QUOTA, 'a');
    const reads = Promise.allSettled(Array.from({ length: 5 }, (_, i) => adapter.set(`k${i}`, i)));
    expect(await limiter.consume(QUOTA, 'a')).toMatchObject({ source: 'closed', allowed: false });
    expect(failures).toEqual(['closed OVERLOADED']);
    await reads;
  });
});

describe('an unreadable state', () => {
  test('of another version starts empty', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    await server.command('SET', '{rl:44}:a', '\u0002 of a version to come');
    expect(await limiter.consume(QUOTA, 'a')).toMatchObject({ source: 'redis', remaining: 999 });
    expect(Number(await server.command('PTTL', '{rl:44}:a'))).toBeGreaterThan(0);
  });

  test('that is truncated starts empty, and affects no other subject', async () => {
    const server = await started.server();
    const limiter = limiterOf(started, server.url, LONG_DEADLINE);
    await server.command('SET', '{rl:44}:a', '\u0001\u0005quo');
    const [broken, whole] = await Promise.all([limiter.consume(QUOTA, 'a'), limiter.consume(QUOTA, 'whole')]);
    expect(broken.allowed).toBe(true);
    expect(whole).toMatchObject({ source: 'redis', remaining: 999 });
  });
});

test('a failure listener that throws does not affect decisions', async () => {
  const limiter = limiterOf(started, 'redis://127.0.0.1:1');
  limiter.on('failure', () => {
    throw new Error('thrown by the listener');
  });
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  expect(await limiter.consume(QUOTA, 'a')).toMatchObject({ source: 'local', allowed: true });
  expect(warned.mock.calls.map(([warning]) => warning)).toEqual([expect.stringContaining('failure')]);
});
