import { beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '../../../../test/support/cache.js';
import { NO_TYPES, virtualState, type VirtualState } from '../../../../test/support/fallback-state.js';
import { codeOf } from '../../../../test/support/started.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { keepOutageValue } from '../copies/outage-value.js';
import { LocalReads } from '../copies/local-reads.js';
import { JournaledChanges } from './journaled-changes.js';

const DOWN = new RedisInfraError('CONNECTION_FAILED', 'Redis is unavailable', { outcome: 'not-executed' });
const UNKNOWN = new RedisInfraError('DEADLINE_EXCEEDED', 'no reply', { outcome: 'unknown' });

let state: VirtualState['state'];
let time: VirtualState['time'];
let changes: JournaledChanges;

beforeEach(() => {
  ({ state, time } = virtualState());
  changes = new JournaledChanges(state, () => false);
});

/** Writes a value: `reply` is that of the primary store. */
function write(value: string, reply: () => Promise<unknown>): Promise<unknown> {
  const keep = (): void =>
    keepOutageValue({ state, types: NO_TYPES }, 'k', { value, meta: undefined, ttlMs: undefined });
  return changes.change(['k'], reply, { keep });
}

async function outageValue(): Promise<unknown> {
  return (await new LocalReads(state, {}).read('k')).stored?.value;
}

describe('a write that fails', () => {
  test('is journaled, and its value is used until the outage ends', async () => {
    expect(await write('v', () => Promise.reject(DOWN))).toBeUndefined();
    expect([state.journal.has('k'), state.outage.isActive, await outageValue()]).toEqual([true, true, 'v']);
  });

  test.each([
    ['in their order', [0, 1]],
    ['in the other order', [1, 0]],
  ])('after another one of the same key leaves the later value, if they fail %s', async (_, order) => {
    const replies = [deferred<void>(), deferred<void>()];
    const writes = replies.map(({ promise }, i) => write(`v${i}`, () => promise));
    for (const i of order) {
      replies[i]?.fail(DOWN);
      await writes[i];
    }
    expect(await outageValue()).toBe('v1');
    expect(state.journal.size).toBe(1);
  });

  test('leaves no value if a later removal of the key succeeded meanwhile', async () => {
    const reply = deferred<void>();
    const earlier = write('v', () => reply.promise);
    await changes.change(['k'], async () => 1);
    reply.fail(DOWN);
    await earlier;
    // The earlier write may still reach the server, so the key stays in the journal.
    expect([await outageValue(), state.journal.has('k')]).toEqual([undefined, true]);
  });

  test('rejects if the caller has aborted it, or the server refuses it', async () => {
    const aborted = new JournaledChanges(state, () => true);
    await expect(aborted.change(['k'], () => Promise.reject(DOWN))).rejects.toBe(DOWN);
    const refused = new RedisInfraError('COMMAND_FAILED', 'NOPERM', { retryable: false });
    await expect(write('v', () => Promise.reject(refused))).rejects.toBe(refused);
    expect([state.journal.size, state.outage.isActive]).toEqual([0, false]);
  });
});

describe('a write that succeeds', () => {
  test('settles the older entry of the key, and not one that was added after it was sent', async () => {
    await write('v', () => Promise.reject(DOWN));
    await write('w', async () => 'OK');
    expect(state.journal.size).toBe(0);
    const reply = deferred<string>();
    const late = write('x', () => reply.promise);
    await write('y', () => Promise.reject(DOWN));
    reply.give('OK');
    await late;
    expect(state.journal.has('k')).toBe(true);
  });

  test('is among the recent changes, which a promoted replica may have missed', async () => {
    await write('v', async () => 'OK');
    expect(state.recent.since(time.clock.monotonicMs())).toEqual([{ kind: 'key', key: 'k' }]);
  });

  test('is sent immediately after the loss of a connection, and not while a longer outage lasts', async () => {
    let sent = 0;
    state.outage.lost();
    await time.advance(99);
    await write('v', async () => sent++);
    expect([sent, state.journal.has('k')]).toEqual([1, false]);
    await time.advance(1);
    // Another attempt to connect has failed.
    state.outage.lost();
    await write('w', async () => sent++);
    expect([sent, state.journal.has('k'), await outageValue()]).toEqual([1, true, 'w']);
  });
});

describe('a write to a full server', () => {
  const FULL = new RedisInfraError('OUT_OF_MEMORY', 'Redis is full', { outcome: 'not-executed' });
  const REFUSED = new RedisInfraError('CIRCUIT_OPEN', 'the circuit is open', { outcome: 'not-sent', cause: FULL });

  test.each([FULL, REFUSED])('removes the keys instead, and begins no outage: $code', async (error) => {
    state.journal.add({ kind: 'key', key: 'k' });
    let removals = 0;
    const remove = async (): Promise<void> => {
      expect(state.changing.has('k')).toBe(true);
      removals++;
    };
    await expect(changes.change(['k'], () => Promise.reject(error), { remove })).rejects.toBe(error);
    expect([removals, state.outage.isActive, state.journal.size, state.changing.has('k')]).toEqual([
      1,
      false,
      0,
      false,
    ]);
    expect(state.recent.since(time.clock.monotonicMs())).toEqual([{ kind: 'key', key: 'k' }]);
  });

  test('is journaled if the keys cannot be removed', async () => {
    const remove = (): Promise<never> => Promise.reject(DOWN);
    expect(await changes.change(['k'], () => Promise.reject(FULL), { remove })).toBeUndefined();
    expect([state.outage.isActive, state.journal.has('k')]).toEqual([true, true]);
  });
});

describe('a change that cannot be journaled', () => {
  test('is refused while the primary store is unavailable', async () => {
    expect(await codeOf(changes.changeOrRefuse('incr', 'k', () => Promise.reject(DOWN)))).toBe(
      'UNSUPPORTED_WHILE_DOWN',
    );
    expect(state.journal.size).toBe(0);
  });

  test('is sent although the server is unknown, so that a short reconnect does not refuse it', async () => {
    state.outage.lost();
    expect(await changes.changeOrRefuse('incr', 'k', async () => 1)).toBe(1);
  });

  test('rejects with its own error if it may have been executed', async () => {
    await expect(changes.changeOrRefuse('incr', 'k', () => Promise.reject(UNKNOWN))).rejects.toBe(UNKNOWN);
  });

  test('drops the copy of the key', async () => {
    await write('v', () => Promise.reject(DOWN));
    await changes.changeOrRefuse('expire', 'k', async () => true);
    expect(state.copies.size).toBe(0);
  });
});
