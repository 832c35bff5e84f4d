import { beforeEach, describe, expect, test } from 'vitest';
import { REFUSED, VirtualTime, WELL } from '../../../test/support/virtual-node.js';
import { slotOf } from '../../domain/placement/slots.js';
import type { ProbeResult } from './circuit/circuit-breaker.js';
import { ClusterGuards } from './cluster-guards.js';
import { NodeGuard } from './node-guard.js';
import type { QueuedCall } from './permit-queue.js';
import { resolveResilience } from './resilience-options.js';

let time: VirtualTime;
let guards: ClusterGuards;
let events: string[];
/** The results of probes, by node; undefined is the cluster as a whole. */
let answers: Map<string | undefined, ProbeResult>;
let owners: readonly string[];

const UNAVAILABLE: ProbeResult = { read: false, write: false };

beforeEach(() => {
  time = new VirtualTime();
  events = [];
  answers = new Map();
  owners = ['a:1', 'b:2'];
  guards = new ClusterGuards({
    listener: {
      opened: (circuit) => events.push(`+${circuit}`),
      closed: (circuit) => events.push(`-${circuit}`),
      probed: () => {},
      failed: () => {},
    },
    ownerOf: (slot) => owners[slot % owners.length],
    create: (listener, node) =>
      new NodeGuard(resolveResilience({}, 'resilience'), {
        clock: time,
        scheduler: time,
        random: () => 0.5,
        probe: async () => answers.get(node) ?? UNAVAILABLE,
        listener,
      }),
  });
});

/** A key that belongs to the node with this index. */
function keyOf(index: number): string {
  for (let i = 0; ; i++) if (slotOf(`k${i}`) % 2 === index) return `k${i}`;
}

const refusalOf = (index: number): string | undefined =>
  guards.of({ key: keyOf(index) }).refusal(false, 'get', 'GET')?.code;

describe('the guards of a cluster', () => {
  test('are one for each node, and one for commands without a node', () => {
    expect(guards.of({ key: keyOf(0) })).toBe(guards.at('a:1'));
    expect(guards.of({ key: Buffer.from(keyOf(1)) })).toBe(guards.at('b:2'));
    expect(guards.of({ node: 'b:2' })).toBe(guards.at('b:2'));
    expect(guards.of({})).toBe(guards.whole);
  });

  test('queue commands of a slot that moved behind those that wait at its former owner', () => {
    const destination = { key: keyOf(0) };
    const before = guards.of(destination);
    for (let i = 0; i < 2; i++) guards.onQueued(destination, before);
    owners = ['b:2', 'a:1'];
    expect([guards.of(destination), guards.owner(destination)]).toEqual([before, guards.at('b:2')]);
    expect(guards.of({ key: keyOf(1) })).toBe(guards.at('a:1'));
    guards.onDequeued(destination);
    expect(guards.of(destination)).toBe(before);
    guards.onDequeued(destination);
    expect(guards.of(destination)).toBe(guards.at('b:2'));
  });

  test('queue all commands behind those that wait before their node is known', () => {
    const call = { name: 'get', kind: 'read', label: 'GET', proceed: () => {}, refuse: () => {} } as const;
    const position = guards.whole.enqueue(call);
    expect(guards.of({ key: keyOf(0) })).toBe(guards.whole);
    expect(guards.owner({ key: keyOf(0) })).toBe(guards.at('a:1'));
    position.leave();
    expect(guards.of({ key: keyOf(0) })).toBe(guards.at('a:1'));
  });

  test('refuse queued commands of every node when the cluster as a whole is unreachable', () => {
    const refused: string[] = [];
    const call = (label: string) =>
      ({
        name: 'get',
        kind: 'read',
        label,
        proceed: () => {},
        refuse: ({ code }) => refused.push(`${label} ${code}`),
      }) as const satisfies QueuedCall;
    guards.at('a:1').enqueue(call('one'));
    guards.at('b:2').enqueue(call('two'));
    guards.whole.unreachable(REFUSED);
    expect(refused).toEqual(['one CIRCUIT_OPEN', 'two CIRCUIT_OPEN']);
  });

  test('refuse only the keys of the unavailable node', () => {
    guards.at('a:1').unreachable(REFUSED);
    expect([refusalOf(0), refusalOf(1)]).toEqual(['CIRCUIT_OPEN', undefined]);
    expect([guards.state('read'), guards.whole.state('read')]).toEqual(['open', 'closed']);
  });

  test('accept the keys as soon as another node owns them', () => {
    guards.at('a:1').unreachable(REFUSED);
    owners = ['c:3', 'b:2'];
    expect(refusalOf(0)).toBeUndefined();
  });

  test('report the circuits of all nodes as one', async () => {
    guards.at('a:1').unreachable(REFUSED);
    guards.at('b:2').unreachable(REFUSED);
    expect(events).toEqual(['+read', '+write']);
    answers.set('a:1', WELL);
    await time.pass(5000);
    expect(events).toEqual(['+read', '+write']);
    answers.set('b:2', WELL);
    await time.pass(5000);
    expect(events).toEqual(['+read', '+write', '-read', '-write']);
    expect([refusalOf(0), refusalOf(1), guards.state('write')]).toEqual([undefined, undefined, 'closed']);
  });

  test('combine the last error and the number of retries of all nodes', () => {
    guards.at('a:1').unanswered(0, REFUSED, time.nowMs);
    guards.at('a:1').spendRetryToken();
    guards.at('b:2').spendRetryToken();
    expect(guards.lastError?.error).toBe(REFUSED);
    expect(guards.retries).toBe(2);
  });

  test('stop all probes when they are stopped', async () => {
    guards.at('a:1').unreachable(REFUSED);
    guards.whole.unreachable(REFUSED);
    guards.stop();
    await time.pass(60_000);
    expect(time.armed).toBe(0);
    expect([refusalOf(0), guards.state('read')]).toEqual([undefined, 'closed']);
  });
});
