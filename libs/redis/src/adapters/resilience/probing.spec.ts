import { describe, expect, test } from 'vitest';
import { DEADLINE, FULL, READ_ONLY, REFUSED, virtualNode, WELL } from '../../../test/support/virtual-node.js';

const NONE = { read: false, write: false };

describe('probes', () => {
  test('begin after 250 ms, with delays that double up to a second and have jitter', async () => {
    const node = virtualNode({}, () => 0);
    node.answer = NONE;
    node.guard.unreachable(REFUSED);
    await node.time.pass(6000);
    const at = node.probes.map(({ atMs }) => atMs - 1000);
    expect(at.slice(0, 6)).toEqual([250, 250 + 375, 625 + 750, 1375 + 750, 2125 + 750, 2875 + 750]);
  });

  test('close the circuits after two consecutive successes, but not after one', async () => {
    const node = virtualNode();
    const { guard, time, probes, call } = node;
    guard.unreachable(REFUSED);
    await time.pass(250);
    probes[0]?.answer(WELL);
    await time.pass(0);
    expect([call(), probes.length]).toEqual(['CIRCUIT_OPEN', 2]);
    probes[1]?.answer(NONE);
    await time.pass(500);
    probes[2]?.answer(WELL);
    await time.pass(0);
    expect(call()).toBe('CIRCUIT_OPEN');
    probes[3]?.answer(WELL);
    await time.pass(0);
    expect([call('read'), call('write')]).toEqual(['ok', 'ok']);
    expect(node.events).toEqual(['+read', '+write', '?true', '?false', '?true', '?true', '-read', '-write']);
    expect(time.armed).toBe(0);
  });

  test('close only the read circuit when the node refuses writes, and continue', async () => {
    const node = virtualNode();
    const { guard, time, call } = node;
    guard.unreachable(REFUSED);
    node.answer = { read: true, write: false, error: READ_ONLY };
    await time.pass(5000);
    expect([call('read'), call('write'), guard.state('write')]).toEqual(['ok', 'CIRCUIT_OPEN', 'open']);
    expect(guard.refusal(true, 'set', 'SET')?.context.because).toBe('READ_ONLY');
    node.answer = WELL;
    await time.pass(2000);
    expect(call('write')).toBe('ok');
  });

  test('let deletes through when the server is full', async () => {
    const node = virtualNode();
    node.guard.unreachable(REFUSED);
    node.answer = { read: true, write: false, error: FULL };
    await node.time.pass(2000);
    expect([node.call('write', 'unlink'), node.call('write', 'set')]).toEqual(['ok', 'CIRCUIT_OPEN']);
  });

  test('start immediately after a connect, and abort the running probe', async () => {
    const node = virtualNode();
    const { guard, time, probes, call } = node;
    guard.unreachable(REFUSED);
    await time.pass(300);
    expect(probes).toHaveLength(1);
    guard.connected();
    expect(probes).toHaveLength(2);
    expect([probes[0]?.signal.aborted, probes[1]?.signal.aborted]).toEqual([true, false]);
    probes[0]?.answer(WELL);
    await time.pass(0);
    expect(probes).toHaveLength(2);
    probes[1]?.answer(WELL);
    await time.pass(0);
    probes[2]?.answer(WELL);
    await time.pass(0);
    expect(call()).toBe('ok');
  });

  test('do not run while all circuits are closed', async () => {
    const { guard, time, probes } = virtualNode();
    guard.connected();
    await time.pass(10_000);
    expect(probes).toEqual([]);
  });

  test('end when the owner closes the connection', async () => {
    const { guard, time, probes } = virtualNode();
    guard.unreachable(REFUSED);
    await time.pass(300);
    guard.stop();
    expect([probes[0]?.signal.aborted, time.armed]).toEqual([true, 0]);
    await time.pass(10_000);
    expect(probes).toHaveLength(1);
  });

  test('are not started by results of calls that were in flight when the connection was closed', () => {
    const { guard, time, call } = virtualNode();
    const before = guard.generation;
    guard.stop();
    for (let i = 0; i < 10; i++) guard.unanswered(before, DEADLINE, time.nowMs);
    guard.replied(before, READ_ONLY, time.nowMs);
    expect([call('read'), call('write'), time.armed]).toEqual(['ok', 'ok', 0]);
  });
});

describe('while a probe hangs,', () => {
  test('a thousand callers are refused immediately, and no other probe runs', async () => {
    const node = virtualNode();
    const { guard, time, probes, call } = node;
    guard.unreachable(REFUSED);
    await time.pass(250);
    expect(guard.state('read')).toBe('half-open');
    const answers = new Set(Array.from({ length: 1000 }, (_, i) => call(i % 2 ? 'read' : 'write')));
    expect([...answers]).toEqual(['CIRCUIT_OPEN']);
    await time.pass(999);
    expect(probes).toHaveLength(1);
    await time.pass(1);
    expect([guard.state('read'), probes[0]?.signal.aborted]).toEqual(['open', true]);
    probes[0]?.answer(WELL);
    await time.pass(0);
    expect(guard.state('read')).toBe('open');
    await time.pass(1000);
    expect(probes).toHaveLength(2);
  });
});

describe('after an outage,', () => {
  test('the in-flight limit grows from a tenth to its full value within two seconds', async () => {
    const node = virtualNode({ maxInFlight: 100, maxQueued: 0 });
    const { guard, time, call } = node;
    expect([call('read', 'get', 99), call('read', 'get', 100)]).toEqual(['ok', 'OVERLOADED']);
    guard.unreachable(REFUSED);
    node.answer = WELL;
    await time.pass(250);
    const maxInFlight = (): number =>
      [...Array(101).keys()].findLast((inFlight) => call('read', 'get', inFlight) === 'ok') ?? -1;
    expect(maxInFlight() + 1).toBe(10);
    await time.pass(1000);
    expect(maxInFlight() + 1).toBe(55);
    await time.pass(1000);
    expect(maxInFlight() + 1).toBe(100);
  });

  test('`whenServing` waits for the read circuit, and resolves with its refusal when it stays open', async () => {
    const node = virtualNode();
    const { guard, time } = node;
    expect(await guard.whenServing()).toBeUndefined();
    guard.unreachable(REFUSED);
    const served = guard.whenServing();
    node.answer = WELL;
    await time.pass(250);
    expect(await served).toBeUndefined();
    node.answer = NONE;
    guard.unreachable(REFUSED);
    const waiting = guard.whenServing();
    await time.pass(2000);
    expect(await waiting).toMatchObject({ code: 'CIRCUIT_OPEN', cause: REFUSED });
  });

  test('probes detect an outage that began and ended during an isolation', async () => {
    const node = virtualNode();
    const { guard, time, call } = node;
    const end = guard.breaker.isolate();
    guard.unreachable(REFUSED);
    end();
    expect([call('read'), call('write')]).toEqual(['CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
    node.answer = WELL;
    await time.pass(1000);
    expect([call('read'), call('write')]).toEqual(['ok', 'ok']);
    expect(time.armed).toBe(0);
  });

  test('probes end after their success, even during an isolation', async () => {
    const node = virtualNode();
    const { guard, time } = node;
    const end = guard.breaker.isolate();
    guard.unreachable(REFUSED);
    node.answer = WELL;
    await time.pass(1000);
    expect([guard.state('read'), time.armed]).toEqual(['isolated', 0]);
    end();
    expect(guard.state('read')).toBe('closed');
  });
});
