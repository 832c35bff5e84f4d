import { describe, expect, test } from 'vitest';
import type { LinkState } from '../../domain/link-state.js';
import type { CircuitReading, NodeAnswer, NodeReading, TargetState } from '../../domain/health-source.js';
import { judgeTarget, nodesToAsk } from './judge-target.js';

const LIMITS = { slowPingMs: 100, memoryRatio: 0.9 };

function node(name: string | undefined, read: CircuitReading = 'closed', write = read): NodeReading {
  return { node: name, read, write };
}

function state(overrides: Partial<TargetState> = {}): TargetState {
  return {
    mode: 'standalone',
    link: 'up',
    since: 0,
    breaker: { read: 'closed', write: 'closed', since: undefined, nextProbeAt: undefined },
    nodes: [node(undefined)],
    fallback: undefined,
    lastError: undefined,
    ...overrides,
  };
}

function answer(overrides: Partial<NodeAnswer> = {}): NodeAnswer {
  return {
    node: undefined,
    isServing: true,
    acceptsWrites: true,
    isAtMaxClients: false,
    pingMs: 1,
    address: undefined,
    info: undefined,
    ...overrides,
  };
}

const memory = (usedBytes: number, maxBytes: number): Partial<NodeAnswer> => ({
  info: { role: 'master', version: '8.0.0', usedBytes, maxBytes },
});
const silent = (name?: string): NodeAnswer => answer({ node: name, isServing: false, pingMs: undefined });
const active = { active: true, entries: 3, journal: 1, since: 5 };

describe('the judgement of a target', () => {
  test.each<[LinkState, string, string]>([
    ['closed', 'unavailable', 'closed'],
    ['connecting', 'unavailable', 'connecting'],
    ['down', 'unavailable', 'unavailable'],
    ['misconfigured', 'misconfigured', 'misconfigured'],
  ])('whose link is %s is %s, and no node is asked', (link, availability, reason) => {
    expect(nodesToAsk(state({ link }))).toEqual([]);
    expect(judgeTarget(state({ link }), [], LIMITS)).toEqual({ availability, reasons: [reason] });
  });

  test('that answers in time is serving without a reason', () => {
    expect(judgeTarget(state(), [answer(memory(89, 100))], LIMITS)).toEqual({ availability: 'serving', reasons: [] });
  });

  test.each<[string, CircuitReading]>([
    ['circuit-open', 'open'],
    ['isolated', 'isolated'],
  ])('is unavailable because of %s, and its node is not asked', (reason, read) => {
    const refusing = state({ nodes: [node(undefined, read)] });
    expect(nodesToAsk(refusing)).toEqual([]);
    expect(judgeTarget(refusing, [], LIMITS)).toEqual({ availability: 'unavailable', reasons: [reason] });
  });

  test('with a half-open circuit is impaired if its node answers, and unavailable otherwise', () => {
    const halfOpen = state({ nodes: [node(undefined, 'half-open')] });
    expect(nodesToAsk(halfOpen)).toEqual([undefined]);
    expect(judgeTarget(halfOpen, [answer()], LIMITS)).toEqual({
      availability: 'serving',
      reasons: ['circuit-half-open'],
    });
    expect(judgeTarget(halfOpen, [silent()], LIMITS)).toEqual({ availability: 'unavailable', reasons: ['no-answer'] });
  });

  test.each<[string, Partial<NodeAnswer>]>([
    ['slow', { pingMs: 101 }],
    ['memory', memory(91, 100)],
    ['read-only', { acceptsWrites: false }],
    ['max-clients', { isAtMaxClients: true }],
  ])('is impaired because of %s', (reason, overrides) => {
    expect(judgeTarget(state(), [answer(overrides)], LIMITS)).toEqual({ availability: 'serving', reasons: [reason] });
  });

  test('is impaired while only the circuit of writes is open', () => {
    const refusing = state({ nodes: [node(undefined, 'closed', 'open')] });
    expect(judgeTarget(refusing, [answer()], LIMITS)).toEqual({ availability: 'serving', reasons: ['writes-refused'] });
  });

  test('ignores the memory of a server without a limit, and any with the ratio 1', () => {
    expect(judgeTarget(state(), [answer(memory(91, 0))], LIMITS).reasons).toEqual([]);
    expect(judgeTarget(state(), [answer(memory(100, 100))], { ...LIMITS, memoryRatio: 1 }).reasons).toEqual([]);
  });

  test('names the fallback while it answers, also when the server is back', () => {
    expect(judgeTarget(state({ fallback: active }), [answer()], LIMITS).reasons).toEqual(['fallback']);
    expect(judgeTarget(state({ fallback: active, link: 'down' }), [], LIMITS).reasons).toEqual([
      'unavailable',
      'fallback',
    ]);
  });

  test('of a Cluster is impaired while some masters are down, and unavailable while all are', () => {
    const cluster = state({ mode: 'cluster', nodes: [node('a:1'), node('b:1', 'open'), node('c:1')] });
    expect(nodesToAsk(cluster)).toEqual(['a:1', 'c:1']);
    expect(judgeTarget(cluster, [answer({ node: 'a:1' }), silent('c:1')], LIMITS)).toEqual({
      availability: 'serving',
      reasons: ['nodes', 'circuit-open', 'no-answer'],
    });
    expect(judgeTarget(cluster, [silent('a:1'), silent('c:1')], LIMITS)).toEqual({
      availability: 'unavailable',
      reasons: ['no-answer', 'circuit-open'],
    });
  });

  test('without a known node is unavailable', () => {
    expect(judgeTarget(state({ nodes: [] }), [], LIMITS)).toEqual({
      availability: 'unavailable',
      reasons: ['unavailable'],
    });
  });

  test('that is the embedded store is serving without being asked', () => {
    const embedded = state({ mode: 'memory', nodes: [] });
    expect(nodesToAsk(embedded)).toEqual([]);
    expect(judgeTarget(embedded, [], LIMITS)).toEqual({ availability: 'serving', reasons: [] });
  });
});
