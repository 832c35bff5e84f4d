import { describe, expect, test } from 'vitest';
import type { ServerIdentity } from '../../../domain/cache-store.js';
import { ServerWatch } from './server-watch.js';

function identity(runId: string, uptimeMs: number): ServerIdentity {
  return { node: `${runId}:6379`, runId, role: 'master', replicationId: 'r', uptimeMs };
}

/** A watch that has accepted the first identities, and now finds the second ones. */
async function watchOf(known: readonly ServerIdentity[], now: readonly ServerIdentity[]): Promise<ServerWatch> {
  let current = known;
  const watch = new ServerWatch({ identities: async () => current });
  await watch.check(0);
  watch.accept();
  current = now;
  return watch;
}

describe('the watch of the servers', () => {
  test('finds no change if all run ids are known', async () => {
    const watch = await watchOf([identity('a', 5000), identity('b', 9000)], [identity('b', 10_000)]);
    expect(await watch.check(60_000)).toEqual({ kind: 'none' });
  });

  test('finds a restart if a new process began since the last contact, by the precision of its uptime', async () => {
    const at = (uptimeMs: number) => watchOf([identity('a', 90_000)], [identity('b', uptimeMs)]);
    expect(await (await at(0)).check(0)).toEqual({ kind: 'restart', runId: 'b' });
    expect(await (await at(4000)).check(3000)).toEqual({ kind: 'restart', runId: 'b' });
    expect(await (await at(5000)).check(3000)).toEqual({ kind: 'promotion', runId: 'b' });
  });

  test('finds a restart of one node of a Cluster among promotions', async () => {
    const watch = await watchOf([identity('a', 0)], [identity('a', 9000), identity('b', 90_000), identity('c', 1000)]);
    expect(await watch.check(500)).toEqual({ kind: 'restart', runId: 'c' });
  });

  test('trusts a server that ran before this process saw any, because nothing was acknowledged', async () => {
    expect(await (await watchOf([], [identity('a', 90_000)])).check(1000)).toEqual({ kind: 'none' });
  });

  test('knows nothing if a server does not report its identity, or there is no link', async () => {
    expect(await (await watchOf([identity('a', 0)], [])).check(1000)).toEqual({ kind: 'unknown' });
    expect(await new ServerWatch(undefined).check(1000)).toEqual({ kind: 'unknown' });
  });

  test('rejects while the identities cannot be read, and keeps what it knew', async () => {
    let fails = false;
    const watch = new ServerWatch({
      identities: async () => (fails ? Promise.reject(new Error('down')) : [identity('a', 0)]),
    });
    await watch.check(0);
    watch.accept();
    fails = true;
    await expect(watch.check(1000)).rejects.toThrow('down');
    fails = false;
    expect(await watch.check(1000)).toEqual({ kind: 'none' });
  });
});
