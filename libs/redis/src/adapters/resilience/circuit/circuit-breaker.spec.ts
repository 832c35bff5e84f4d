import { describe, expect, test } from 'vitest';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import {
  CLOSED,
  DEADLINE,
  FULL,
  READ_ONLY,
  REFUSED,
  reply,
  virtualNode,
  WELL,
} from '../../../../test/support/virtual-node.js';

describe('the circuits of a node', () => {
  test('both open after three consecutive calls without an answer', () => {
    const { guard, time, call } = virtualNode();
    guard.unanswered(0, DEADLINE, time.nowMs);
    guard.unanswered(0, CLOSED, time.nowMs);
    expect(call()).toBe('ok');
    guard.unanswered(0, DEADLINE, time.nowMs);
    expect([call('read'), call('write')]).toEqual(['CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
  });

  test('stay closed when three consecutive calls without an answer are not within the window', async () => {
    const { guard, time, call } = virtualNode();
    guard.unanswered(0, CLOSED, time.nowMs);
    guard.unanswered(0, CLOSED, time.nowMs);
    await time.pass(3_600_000);
    guard.unanswered(0, CLOSED, time.nowMs);
    expect(call()).toBe('ok');
    await time.pass(9000);
    guard.unanswered(0, CLOSED, time.nowMs);
    expect(call()).toBe('ok');
    await time.pass(1000);
    guard.unanswered(0, CLOSED, time.nowMs);
    expect(call()).toBe('CIRCUIT_OPEN');
  });

  test('use the option `window` for consecutive failures', async () => {
    const { guard, time, call } = virtualNode({ breaker: { consecutive: 5, window: '60s' } });
    for (let i = 0; i < 20; i++) {
      guard.unanswered(0, CLOSED, time.nowMs);
      await time.pass(15_001);
    }
    expect(call()).toBe('ok');
    for (let i = 0; i < 5; i++) {
      guard.unanswered(0, CLOSED, time.nowMs);
      await time.pass(12_000);
    }
    expect(call()).toBe('CIRCUIT_OPEN');
  });

  test('open by the ratio when answers interrupt the consecutive failures', () => {
    const { guard, time, call } = virtualNode();
    for (let i = 0; i < 9; i++) {
      guard.unanswered(0, DEADLINE, time.nowMs);
      guard.answered(0, time.nowMs);
    }
    expect(call()).toBe('ok');
    guard.unanswered(0, DEADLINE, time.nowMs);
    guard.unanswered(0, DEADLINE, time.nowMs);
    expect(call()).toBe('CIRCUIT_OPEN');
  });

  test('stay closed below the ratio, without counting failures older than the window', async () => {
    const { guard, time, call } = virtualNode();
    const round = (): void => {
      guard.unanswered(0, DEADLINE, time.nowMs);
      guard.answered(0, time.nowMs);
      guard.answered(0, time.nowMs);
    };
    for (let i = 0; i < 100; i++) round();
    expect(call()).toBe('ok');
    await time.pass(11_000);
    for (let i = 0; i < 9; i++) {
      guard.unanswered(0, DEADLINE, time.nowMs);
      guard.answered(0, time.nowMs);
    }
    expect(call()).toBe('ok');
  });

  test('both open after one failed attempt to connect', () => {
    const { guard, call } = virtualNode();
    guard.unreachable(REFUSED);
    expect([call('read'), call('write')]).toEqual(['CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
  });

  test.each(['LOADING', 'BUSY', 'MASTERDOWN', 'CLUSTERDOWN'])('both open after the reply %s', (word) => {
    const { guard, time, call } = virtualNode();
    guard.replied(0, reply(word), time.nowMs);
    expect([call('read'), call('write')]).toEqual(['CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
  });

  test.each([READ_ONLY, FULL, reply('NOREPLICAS'), reply('MISCONF')])(
    'only the write circuit opens after %s',
    (error) => {
      const { guard, time, call } = virtualNode();
      guard.replied(0, error, time.nowMs);
      expect([call('read'), call('write')]).toEqual(['ok', 'CIRCUIT_OPEN']);
    },
  );

  test('let commands that free memory through for a full server, but not for a demoted one', () => {
    for (const [error, expected] of [
      [FULL, 'ok'],
      [READ_ONLY, 'CIRCUIT_OPEN'],
    ] as const) {
      const { guard, time, call } = virtualNode();
      guard.replied(0, error, time.nowMs);
      expect(['unlink', 'del', 'pexpire'].map((command) => call('write', command))).toEqual(Array(3).fill(expected));
      expect(call('write', 'evalsha')).toBe('CIRCUIT_OPEN');
    }
  });

  test.each(['ERR', 'CROSSSLOT', 'TRYAGAIN', 'NOPERM', 'NOAUTH', 'WRONGPASS'])(
    'stay closed after a thousand replies %s',
    (word) => {
      const { guard, time, call } = virtualNode();
      for (let i = 0; i < 1000; i++) guard.replied(0, reply(word), time.nowMs);
      expect([call('read'), call('write')]).toEqual(['ok', 'ok']);
    },
  );

  test('count an invalid call as an answer, which interrupts consecutive failures', () => {
    const { guard, time, call } = virtualNode();
    for (let i = 0; i < 8; i++) {
      guard.unanswered(0, DEADLINE, time.nowMs);
      guard.unanswered(0, DEADLINE, time.nowMs);
      for (let j = 0; j < 3; j++) guard.replied(0, reply('ERR'), time.nowMs);
    }
    expect(call()).toBe('ok');
  });

  test('never open with `breaker: false`, and no probe runs', async () => {
    const { guard, time, call, probes } = virtualNode({ breaker: false });
    guard.unreachable(REFUSED);
    for (let i = 0; i < 100; i++) guard.unanswered(0, DEADLINE, time.nowMs);
    guard.replied(0, READ_ONLY, time.nowMs);
    await time.pass(60_000);
    expect([call('read'), call('write'), probes.length]).toEqual(['ok', 'ok', 0]);
  });
});

describe('the error of an open circuit', () => {
  test('has the outcome not-sent, is retryable, and names the circuit and the reason', () => {
    const { guard } = virtualNode();
    guard.unreachable(REFUSED);
    const refusal = guard.refusal(true, 'set', 'SET') as RedisInfraError;
    expect(refusal).toMatchObject({
      code: 'CIRCUIT_OPEN',
      outcome: 'not-sent',
      retryable: true,
      context: { command: 'SET', circuit: 'write', because: 'CONNECTION_FAILED' },
      cause: REFUSED,
    });
    expect(refusal.message).toBe('SET was not sent: the circuit is open for writes (CONNECTION_FAILED)');
    expect(new Error('with a stack').stack).toContain('circuit-breaker.spec');
  });
});

describe('results of an earlier generation', () => {
  test('do not change the circuits, whether success or failure', async () => {
    const node = virtualNode();
    const { guard, time, call } = node;
    const before = guard.generation;
    guard.unreachable(REFUSED);
    guard.answered(before, time.nowMs);
    expect(call()).toBe('CIRCUIT_OPEN');
    node.answer = WELL;
    await time.pass(500);
    expect(call()).toBe('ok');
    for (let i = 0; i < 100; i++) guard.unanswered(before, DEADLINE, time.nowMs);
    guard.replied(before, READ_ONLY, time.nowMs);
    guard.replied(before, reply('LOADING'), time.nowMs);
    expect([call('read'), call('write')]).toEqual(['ok', 'ok']);
    guard.unanswered(guard.generation, DEADLINE, time.nowMs);
    guard.unanswered(guard.generation, DEADLINE, time.nowMs);
    guard.answered(before, time.nowMs);
    guard.unanswered(guard.generation, DEADLINE, time.nowMs);
    expect(call()).toBe('CIRCUIT_OPEN');
  });
});

describe('isolate', () => {
  test('refuses all calls until every isolation has ended', () => {
    const { guard, call, events, probes } = virtualNode();
    const [one, other] = [guard.breaker.isolate(), guard.breaker.isolate()];
    expect([call('read'), call('write', 'unlink'), guard.state('read')]).toEqual([
      'CIRCUIT_OPEN',
      'CIRCUIT_OPEN',
      'isolated',
    ]);
    one();
    one();
    expect(call()).toBe('CIRCUIT_OPEN');
    other();
    expect([call('read'), call('write'), guard.state('read')]).toEqual(['ok', 'ok', 'closed']);
    expect(events).toEqual(['+read', '+write', '-read', '-write']);
    expect(probes).toEqual([]);
  });

  test('does not close an open circuit when it ends, and is not ended by probes', async () => {
    const node = virtualNode();
    const { guard, time, call } = node;
    guard.unreachable(REFUSED);
    const end = guard.breaker.isolate();
    end();
    expect([call(), guard.state('read')]).toEqual(['CIRCUIT_OPEN', 'open']);
    const again = guard.breaker.isolate();
    node.answer = WELL;
    await time.pass(1000);
    expect([call(), guard.state('read')]).toEqual(['CIRCUIT_OPEN', 'isolated']);
    again();
    expect(call()).toBe('ok');
  });

  test('works with `breaker: false`', () => {
    const { guard, call } = virtualNode({ breaker: false });
    const end = guard.breaker.isolate();
    expect(call()).toBe('CIRCUIT_OPEN');
    end();
    expect(call()).toBe('ok');
  });
});

describe('a step of the wall clock', () => {
  test('by an hour, forwards or backwards, changes nothing', async () => {
    const run = async (shiftMs: number): Promise<unknown> => {
      const node = virtualNode();
      const { guard, time, events, probes } = node;
      for (let i = 0; i < 30; i++) guard.unanswered(0, DEADLINE, time.nowMs);
      time.wallAheadMs = shiftMs;
      await time.pass(5000);
      node.answer = WELL;
      await time.pass(5000);
      const full = [node.call('read', 'get', 1000)];
      for (const ms of [500, 5000]) {
        guard.unreachable(REFUSED);
        await time.pass(ms);
        full.push(node.call('read', 'get', 1000));
      }
      return { events, full, probes: probes.map(({ atMs }) => atMs) };
    };
    const expected = await run(0);
    expect(await run(3_600_000)).toEqual(expected);
    expect(await run(-3_600_000)).toEqual(expected);
  });
});
