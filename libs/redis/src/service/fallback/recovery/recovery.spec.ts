import { beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../../test/support/cache.js';
import { NO_TYPES, virtualState, type VirtualState } from '../../../../test/support/fallback-state.js';
import { settled } from '../../../../test/support/virtual-time.js';
import { MemoryAdapter } from '../../../adapters/memory.adapter.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ServerIdentity, StoreLink } from '../../../domain/cache-store.js';
import type { LinkState } from '../../../domain/link-state.js';
import type { EntryStore, VersionScope } from '../../../domain/entry-store.js';
import type { FallbackOptions } from '../fallback-options.js';
import { keepOutageValue } from '../copies/outage-value.js';
import { Recovery } from './recovery.js';

const DOWN = new RedisInfraError('CONNECTION_FAILED', 'Redis is unavailable');
const ROOT: VersionScope = { prefixes: ['cache:'] };

type Step = 'identities' | 'raiseFloorOnce' | 'raiseFloor' | 'remove';

/** A server whose steps the test delays and fails, and which it restarts. */
class FakeServer {
  readonly steps: string[] = [];
  readonly failing = new Set<Step>();
  /** Called before each step: the step waits for it. */
  before: (step: Step) => Promise<void> = async () => {};
  identity: ServerIdentity = { node: 'a:6379', runId: 'a', role: 'master', replicationId: 'r', uptimeMs: 90_000 };
  isSilent = false;
  private onLoss: () => void = () => {};
  private onChange: (state: LinkState) => void = () => {};
  private state: LinkState = 'up';
  readonly link: StoreLink;
  readonly store = new MemoryAdapter();

  constructor() {
    const state = (): LinkState => this.state;
    this.link = {
      tier: 'redis',
      get state() {
        return state();
      },
      identities: () => this.step('identities', '', async () => (this.isSilent ? [] : [this.identity])),
      onChange: (handler) => ((this.onChange = handler), () => {}),
      onLoss: (handler) => ((this.onLoss = handler), () => {}),
    };
    const { entries } = this.store.can;
    if (entries === undefined) throw new Error('the memory keeps no entries');
    const scripted: Partial<EntryStore> = {
      remove: (keys) => this.step('remove', keys.join(), () => entries.remove(keys)),
      raiseFloor: (scope, seen) =>
        this.step('raiseFloor', scope.prefixes.join(), () => entries.raiseFloor(scope, seen)),
      raiseFloorOnce: (scope, event, seen) =>
        this.step('raiseFloorOnce', `${scope.prefixes.join()} ${event}`, () =>
          entries.raiseFloorOnce(scope, event, seen),
        ),
    };
    this.store.can = { link: this.link, entries: Object.setPrototypeOf(scripted, entries) };
  }

  lose(): void {
    this.state = 'down';
    this.onLoss();
    this.onChange('down');
  }

  reconnect(): void {
    this.state = 'up';
    this.onChange('up');
  }

  private async step<T>(step: Step, what: string, run: () => Promise<T>): Promise<T> {
    this.steps.push(`${step} ${what}`.trim());
    await this.before(step);
    if (this.failing.delete(step)) throw DOWN;
    return run();
  }
}

let server: FakeServer;
let time: VirtualState['time'];
let state: VirtualState['state'];
let recovery: Recovery;
let reported: [string, unknown][];

async function setUp(options: FallbackOptions = {}): Promise<void> {
  server = new FakeServer();
  ({ time, state } = virtualState(options, () => recovery.begin()));
  recovery = new Recovery(server.store, state);
  reported = [];
  for (const name of ['degraded', 'recovered', 'data-loss', 'unverified'] as const)
    state.events.on(name, (event) => reported.push([name, event]));
  recovery.start();
  await recovery.attempt();
  state.versions.of(ROOT);
  server.steps.length = 0;
}

beforeEach(() => setUp());

describe('the recovery after the loss of a connection', () => {
  test('learns which server answers, applies the journal and drops the values of the outage', async () => {
    server.lose();
    keepOutageValue({ state, types: NO_TYPES }, 'cache:k', { value: 'v', meta: undefined, ttlMs: undefined });
    await state.keepForLater([{ kind: 'key', key: 'cache:k' }]);
    await time.advance(5000);
    expect([server.steps, state.outage.isUntrusted]).toEqual([[], true]);
    server.reconnect();
    await settled();
    expect(server.steps).toEqual(['identities', 'remove cache:k']);
    expect([state.outage.isActive, state.outage.isUntrusted, state.journal.size, state.copies.size]).toEqual([
      false,
      false,
      0,
      0,
    ]);
    expect(reported.at(-1)).toEqual(['recovered', { downMs: 5000, replayed: 1 }]);
    expect(time.running).toBe(0);
  });

  test.each<[Step, ServerIdentity['runId']]>([
    ['identities', 'a'],
    ['raiseFloorOnce', 'b'],
    ['remove', 'a'],
  ])('keeps everything if %s fails, and tries again', async (step, runId) => {
    server.lose();
    keepOutageValue({ state, types: NO_TYPES }, 'cache:k', { value: 'v', meta: undefined, ttlMs: undefined });
    await state.keepForLater([{ kind: 'key', key: 'cache:k' }]);
    server.identity = { ...server.identity, runId, uptimeMs: 0 };
    server.failing.add(step);
    server.reconnect();
    await settled();
    expect([state.outage.isActive, state.journal.has('cache:k')]).toEqual([true, true]);
    expect(state.outage.isUntrusted).toBe(step !== 'remove');
    const before = server.steps.length;
    await time.advance(1000);
    expect(server.steps[before]).toBe(step === 'remove' ? 'remove cache:k' : 'identities');
    expect([state.outage.isActive, state.journal.size, state.copies.size]).toEqual([false, 0, 0]);
  });

  test('begins again if the connection is lost while it runs', async () => {
    server.lose();
    const reply = deferred<void>();
    server.before = (step) => (step === 'identities' ? reply.promise : Promise.resolve());
    server.reconnect();
    await settled();
    server.lose();
    reply.give();
    await settled();
    expect([state.outage.isUntrusted, server.steps.includes('remove ~probe')]).toEqual([true, false]);
    server.reconnect();
    await time.advance(1000);
    expect([state.outage.isActive, state.outage.isUntrusted]).toEqual([false, false]);
  });

  test('does not forget a change that is journaled during its last step', async () => {
    server.lose();
    const reply = deferred<void>();
    server.before = (step) => (step === 'remove' ? reply.promise : Promise.resolve());
    server.reconnect();
    await settled();
    expect(server.steps.at(-1)).toBe('remove ~probe');
    await state.keepForLater([{ kind: 'key', key: 'cache:late' }]);
    reply.give();
    await settled();
    expect([state.outage.isActive, state.journal.size]).toEqual([true, 1]);
    await time.advance(1000);
    expect(server.steps.at(-1)).toBe('remove cache:late');
    expect([state.outage.isActive, state.journal.size]).toEqual([false, 0]);
  });
});

describe('an outage without the loss of a connection', () => {
  test('ends when a timer finds that the server accepts writes, without a look at its identity', async () => {
    await state.keepForLater([{ kind: 'key', key: 'cache:k' }]);
    server.failing.add('remove');
    await time.advance(250);
    expect([state.outage.isActive, server.steps]).toEqual([true, ['remove cache:k']]);
    await time.advance(500);
    expect([state.outage.isActive, server.steps]).toEqual([false, ['remove cache:k', 'remove cache:k']]);
    expect(time.running).toBe(0);
  });

  test('is tried at least once a second', async () => {
    server.before = async () => Promise.reject(DOWN);
    await state.keepForLater([{ kind: 'key', key: 'cache:k' }]);
    await time.advance(60_000);
    expect(server.steps.length).toBeGreaterThan(60);
  });
});

describe('a server that may have lost data', () => {
  async function loseAndFind(identity: Partial<ServerIdentity>): Promise<void> {
    await time.advance(1000);
    server.lose();
    await time.advance(2000);
    server.identity = { ...server.identity, ...identity };
    server.reconnect();
    await settled();
  }

  test('because it restarted: every root namespace is flushed, once for each run id', async () => {
    state.versions.of({ prefixes: ['other:', 'other:users::'] });
    await loseAndFind({ runId: 'b', uptimeMs: 1000 });
    expect(server.steps.filter((step) => step.startsWith('raiseFloorOnce'))).toEqual([
      'raiseFloorOnce cache: b',
      'raiseFloorOnce other: b',
    ]);
    expect(reported).toContainEqual(['data-loss', { reason: 'restart', reaction: 'flush' }]);
  });

  test('because it restarted: nothing is flushed with onServerRestart trust', async () => {
    await setUp({ onServerRestart: 'trust' });
    await loseAndFind({ runId: 'b', uptimeMs: 1000 });
    expect(server.steps).toEqual(['identities', 'remove ~probe']);
    expect(reported).toContainEqual(['data-loss', { reason: 'restart', reaction: 'none' }]);
  });

  test('because it was promoted: the recent changes are applied again', async () => {
    state.recent.add({ kind: 'key', key: 'cache:old' });
    await time.advance(60_000);
    state.outage.replied(state.nowMs);
    state.recent.add({ kind: 'key', key: 'cache:recent' });
    await loseAndFind({ runId: 'b', uptimeMs: 90_000 });
    expect(server.steps.at(-1)).toBe('remove cache:recent');
    expect(reported).toContainEqual(['data-loss', { reason: 'promotion', reaction: 'replay' }]);
  });

  test('because it was promoted after too many changes: everything is flushed', async () => {
    for (let i = 0; i < 10_001; i++) state.recent.add({ kind: 'key', key: `cache:${i}` });
    await loseAndFind({ runId: 'b', uptimeMs: 90_000 });
    expect(server.steps.at(-1)).toBe('raiseFloor cache:');
    expect(reported).toContainEqual(['data-loss', { reason: 'promotion', reaction: 'flush' }]);
  });

  test('is trusted if it does not report its identity, which is reported once', async () => {
    server.isSilent = true;
    for (let i = 0; i < 2; i++) await loseAndFind({});
    expect(state.outage.isActive).toBe(false);
    expect(reported.filter(([name]) => name === 'unverified')).toHaveLength(1);
  });
});
