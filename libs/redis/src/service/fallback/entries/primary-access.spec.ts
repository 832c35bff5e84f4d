import { describe, expect, test } from 'vitest';
import { deferred } from '../../../../test/support/cache.js';
import { virtualState } from '../../../../test/support/fallback-state.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { askPrimary } from './primary-access.js';

const DOWN = new RedisInfraError('CONNECTION_FAILED', 'Redis is unavailable');

describe('a question to the primary store', () => {
  test('is answered by it while it is available', async () => {
    const { state } = virtualState();
    expect(await ask(state, async () => 'primary')).toBe('primary');
  });

  test('is not sent between the loss of a connection and the check of the server', async () => {
    const { state } = virtualState();
    let sent = 0;
    const run = async (): Promise<string> => (sent++, 'primary');
    state.outage.lost();
    expect([await ask(state, run), sent]).toEqual(['local', 0]);
    state.outage.trust();
    expect([await ask(state, run), sent]).toEqual(['primary', 1]);
  });

  test('from before the loss of a connection is answered by this process, even after the server is known', async () => {
    const { state } = virtualState();
    const reply = deferred<string>();
    const answer = ask(state, () => reply.promise);
    state.outage.lost();
    state.outage.trust();
    reply.give('primary');
    expect(await answer).toBe('local');
  });

  test('is answered by this process if the primary store is unavailable, and not if it refuses', async () => {
    const { state } = virtualState();
    const refused = new RedisInfraError('COMMAND_FAILED', 'NOPERM', { retryable: false });
    expect(await ask(state, () => Promise.reject(DOWN))).toBe('local');
    await expect(ask(state, () => Promise.reject(refused))).rejects.toBe(refused);
    expect(state.outage.isActive).toBe(false);
  });

  test('is not answered if the caller has aborted it', async () => {
    const { state } = virtualState();
    await expect(ask(state, () => Promise.reject(DOWN), true)).rejects.toBe(DOWN);
  });
});

function ask(
  state: ReturnType<typeof virtualState>['state'],
  run: () => Promise<string>,
  isAborted = false,
): Promise<string> {
  return askPrimary({ state, isAborted: () => isAborted }, run, () => 'local');
}
