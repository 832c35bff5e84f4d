import { beforeEach, describe, expect, test } from 'vitest';
import type { HealthTarget, NodeAnswer, TargetState } from '../../domain/health-source.js';
import { TargetProbe } from './target-probe.js';

const UP: TargetState = {
  mode: 'standalone',
  link: 'up',
  since: 1,
  breaker: { read: 'closed', write: 'closed', since: undefined, nextProbeAt: undefined },
  nodes: [{ node: undefined, read: 'closed', write: 'closed' }],
  fallback: undefined,
  lastError: undefined,
};
const ANSWER: NodeAnswer = {
  node: undefined,
  isServing: true,
  acceptsWrites: true,
  isAtMaxClients: false,
  pingMs: 1,
  address: undefined,
  info: undefined,
};

let nowMs: number;
let state: TargetState;
let probes: number;
/** Ends the running probe. */
let finish: () => void;
let probe: TargetProbe;

beforeEach(() => {
  nowMs = 0;
  state = UP;
  probes = 0;
  const target: HealthTarget = {
    shard: undefined,
    state: () => state,
    probe: (nodes) => {
      probes++;
      return new Promise((resolve) => (finish = () => resolve(nodes.map((node) => ({ ...ANSWER, node })))));
    },
  };
  probe = new TargetProbe(target, { monotonicMs: () => nowMs, wallMs: () => nowMs });
});

async function readOnce(): Promise<unknown> {
  const reading = probe.read();
  finish();
  return reading;
}

describe('the probe of a target', () => {
  test('asks once for calls at the same time, and not again within a second', async () => {
    const readings = [probe.read(), probe.read()];
    finish();
    expect(await Promise.all(readings)).toEqual(Array.from({ length: 2 }, () => ({ state: UP, answers: [ANSWER] })));
    nowMs = 999;
    await probe.read();
    expect(probes).toBe(1);
    nowMs = 1000;
    await readOnce();
    expect(probes).toBe(2);
  });

  test('does not ask while the state is the answer', async () => {
    state = { ...UP, link: 'down' };
    expect(await probe.read()).toEqual({ state, answers: [] });
    expect(probes).toBe(0);
  });

  test('returns the state after the answer: the connection may be lost meanwhile', async () => {
    const reading = probe.read();
    state = { ...UP, link: 'down' };
    finish();
    expect(await reading).toMatchObject({ state: { link: 'down' } });
  });

  test('asks again after a reconnect, and for a node that was not asked before', async () => {
    await readOnce();
    state = { ...UP, since: 2 };
    await readOnce();
    expect(probes).toBe(2);
    state = { ...state, nodes: [{ node: 'b:1', read: 'closed', write: 'closed' }] };
    await readOnce();
    expect(probes).toBe(3);
  });
});
