import { describe, expect, test } from 'vitest';
import { ShardedCache } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { ReshardProcess, startFleet, type ReshardFleet } from '../support/reshard-fleet.js';
import { recordSharded, STAMP } from '../support/sharded.js';
import { codeOf, failure, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const KEYS = Array.from({ length: 400 }, (_, i) => `key:${i}`);

describe('ShardedCache.reshard', () => {
  test.each([
    [3, 4],
    [4, 3],
  ])('from %i to %i shards moves the share of the keys that plan() returns, and no more', async (from, to) => {
    const { servers, after, process } = await startFleet(started, [from, to]);
    const cache = process();
    await cache.connect();
    await cache.setMany(KEYS.map((key) => ({ key, value: key })));
    const owners = KEYS.map((key) => cache.locate(key).shard);
    const { movedShare } = cache.plan(after);
    expect(movedShare).toBeCloseTo(1 / Math.max(from, to), 1);
    const entered = recordSharded(cache, 'phase');
    await cache.reshard(after, { phase: 1 });
    expect(KEYS.map((key) => cache.locate(key).shard)).toEqual(owners);
    await cache.reshard(after, { phase: 2 });
    const moved = KEYS.filter((key, at) => cache.locate(key).shard !== owners[at]);
    expect(moved.length / KEYS.length).toBeCloseTo(movedShare, 1);
    const values = await cache.getMany(KEYS);
    expect(KEYS.filter((_, at) => values[at] === undefined)).toEqual(moved);
    await cache.reshard(after, { phase: 3 });
    expect(entered.map(({ phase }) => phase)).toEqual([1, 2, 3]);
    expect(Object.keys(cache.status())).toEqual(after.map(({ id }) => id));
    const stored = await Promise.all(servers.map((server) => server.command('KEYS', '*') as Promise<string[]>));
    const left = stored.slice(to).flat();
    expect(left).toEqual([]);
    const misplaced = stored
      .slice(0, to)
      .flatMap((keys, at) =>
        keys.filter((key) => !key.startsWith(`p:${STAMP}`) && cache.locate(key.slice(2)).shard !== `s${at}`),
      );
    expect(misplaced).toEqual([]);
    const restarted = process(after);
    await restarted.connect();
    expect((await restarted.getMany(KEYS)).filter((value) => value !== undefined)).toHaveLength(
      KEYS.length - moved.length,
    );
    expect(await failure(process().connect())).toMatchObject({ code: 'OPTION_INVALID' });
  });

  test.each([
    [3, 4],
    [4, 3],
  ])(
    'from %i to %i shards loses no change and serves nothing stale in processes of neighbouring phases under load',
    async (from, to) => {
      const { before, after } = await startFleet(started, [from, to]);
      const truth = await started.server();
      const common = { processes: 2, shards: before, workers: 12 };
      const [first, second] = await Promise.all(
        [0, 1].map((own) => ReshardProcess.start(started, truth.url, { ...common, own, seed: from * 10 + own })),
      );
      for (const phase of [1, 2, 3] as const) {
        expect(await first?.reshard(after, phase)).toBe('ok');
        // Both phases run for a while.
        const { changes = 0 } = (await first?.counts()) ?? {};
        await eventually(async () => ((await first?.counts())?.changes ?? 0) > changes + 50, 20_000);
        expect(await second?.reshard(after, phase)).toBe('ok');
      }
      for (const child of [first, second]) {
        const { violations, changes, hits, errors } = (await child?.report()) ?? {};
        expect(violations).toEqual([]);
        expect(errors).toBe(0);
        expect(changes).toBeGreaterThan(150);
        expect(hits).toBeGreaterThan(300);
      }
    },
    90_000,
  );

  test('refuses to skip a phase, and one that must not run beside the phase of another process', async () => {
    const { after, before, process, servers } = await startFleet(started, [2, 3]);
    const [first, second] = [process(), process()];
    await Promise.all([first.connect(), second.connect()]);
    await expectRefusal(first.reshard(after, { phase: 2 }), /phase 1 has to come first/);
    await expectRefusal(first.reshard(after, { phase: 3 }), /phase 1 has to come first/);
    await first.reshard(after, { phase: 1 });
    await expectRefusal(first.reshard(after, { phase: 3 }), /phase 2 has to come first/);
    await expectRefusal(process(after).connect(), /keys of shard/);
    // Each process registers when it reads that keys move.
    await eventually(async () => (await servers[0]?.command('ZCARD', 'p:~shard-processes')) === 2);
    await expectRefusal(first.reshard(after, { phase: 2 }), /1 process is still in phase 0/);
    await second.reshard(after, { phase: 1 });
    await first.reshard(after, { phase: 2 });
    await expectRefusal(first.reshard(after, { phase: 3 }), /1 process is still in phase 1/);
    await expectRefusal(process().connect(), /only phases 1 to 2 may run.*phase 0/);
    await expectRefusal(first.reshard(before.slice(0, 1), { phase: 1 }), /must not change while keys move/);
    await second.reshard(after, { phase: 2 });
    await first.reshard(after, { phase: 3 });
    // A process with the new list needs no call from now on, one with the list before is too late.
    await process(after).connect();
    await expectRefusal(process().connect(), /phases 2 to 3/);
    await second.reshard(after, { phase: 3 });
  }, 60_000);

  test('refuses a phase while another process is in the one before, also after clear()', async () => {
    const { after, process, servers } = await startFleet(started, [2, 3]);
    const [first, second] = [process(), process()];
    await Promise.all([first.connect(), second.connect()]);
    await first.reshard(after, { phase: 1 });
    const registered = (): Promise<unknown[]> =>
      Promise.all(servers.slice(0, 2).map((server) => server.command('ZCARD', 'p:~shard-processes')));
    await eventually(async () => (await registered()).every((processes) => processes === 2), 20_000);
    await first.set('key', 'value');
    expect(await first.clear()).toBe(1);
    expect(await registered()).toEqual([2, 2]);
    await expectRefusal(first.reshard(after, { phase: 2 }), /1 process is still in phase 0/);
  }, 60_000);

  test('is resumed and taken back after a process was killed in phase 1 and in phase 2', async () => {
    const fleet = await startFleet(started, [2, 3]);
    const { after, before, process } = fleet;
    const truth = await started.server();
    const options = { processes: 1, own: 0, seed: 1, shards: before, workers: 4 };
    const killedIn = async (phase: 1 | 2): Promise<void> => {
      const child = await ReshardProcess.start(started, truth.url, options);
      if (phase === 2) await child.reshard(after, 1).catch(() => {});
      expect(await child.reshard(after, phase)).toBe('ok');
      await child.kill();
    };
    await killedIn(1);
    const resumed = process();
    await resumed.reshard(after, { phase: 1 });
    const moved = movedKey(resumed, after);
    await resumed.set(moved, 'old owner');
    await resumed.disconnect();
    await killedIn(2);
    // What the killed process has left on the new owner.
    const back = process();
    await back.reshard(after, { phase: 2 });
    await back.set(moved, 'new owner');
    await back.reshard(before, { phase: 2 });
    expect(await back.get(moved)).toBeUndefined();
    await back.set(moved, 'taken back');
    await eventually(() => codeOf(back.reshard(before, { phase: 3 })).then((code) => code === 'ok'), 30_000);
    expect(Object.keys(back.status())).toEqual(before.map(({ id }) => id));
    expect(await back.get(moved)).toBe('taken back');
    expect(await fleet.servers[2]?.command('KEYS', '*')).toEqual([]);
    // A later process with the list before needs no call.
    await process().connect();
  }, 90_000);

  test('serves nothing from a process that was stopped while others went on by two phases', async () => {
    const { after, before, process } = await startFleet(started, [2, 3]);
    const truth = await started.server();
    const stopped = await ReshardProcess.start(started, truth.url, {
      processes: 1,
      own: 0,
      seed: 1,
      shards: before,
      workers: 0,
    });
    const cache = process();
    await cache.connect();
    const moved = movedKey(cache, after);
    await cache.set(moved, 'old');
    const read = (): Promise<unknown> => stopped.call('get', 'x');
    await read();
    stopped.child.kill('SIGSTOP');
    await cache.reshard(after, { phase: 1 });
    await cache.reshard(after, { phase: 2 });
    stopped.child.kill('SIGCONT');
    expect(await read()).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await stopped.reshard(after, 2)).toBe('ok');
    expect(await read()).not.toHaveProperty('code');
  }, 60_000);

  test('does not serve what an earlier move has left on a shard', async () => {
    const { after, process, servers } = await startFleet(started, [2, 3]);
    const cache = process();
    await cache.connect();
    const moved = movedKey(cache, after);
    await servers[2]?.command('SET', `p:${moved}`, '"left"');
    await servers[2]?.command('SET', 'foreign', '1');
    await cache.reshard(after, { phase: 1 });
    expect(await servers[2]?.command('EXISTS', `p:${moved}`)).toBe(0);
    await cache.reshard(after, { phase: 2 });
    expect(await cache.get(moved)).toBeUndefined();
    expect(await servers[2]?.command('GET', 'foreign')).toBe('1');
  }, 60_000);

  test('without a keyPrefix needs wholeDatabase, and rejects with a locator that is not by slots', async () => {
    const bare = await startFleet(started, [2, 3], { keyPrefix: '' });
    await expectRefusal(bare.process().reshard(bare.after, { phase: 1 }), /wholeDatabase/);
    await bare.process().reshard(bare.after, { phase: 1, wholeDatabase: true });
    const ketama = await startFleet(started, [2, 3], { locator: 'ketama' });
    await expectRefusal(ketama.process().reshard(ketama.after, { phase: 1 }), /must be 'slots'/);
  });

  test('rejects while a shard is unavailable, and changes nothing', async () => {
    const { after, before, process, servers } = await startFleet(started, [2, 3]);
    const cache = process();
    await cache.connect();
    await servers[2]?.kill();
    expect(await codeOf(cache.reshard(after, { phase: 1 }))).toBe('CONNECTION_FAILED');
    expect(Object.keys(cache.status())).toEqual(before.map(({ id }) => id));
    await cache.set('k', 1);
    await servers[2]?.restart();
    await cache.reshard(after, { phase: 1 });
  }, 60_000);

  test('writes the phase again on a shard that loses its data', async () => {
    const { after, process, servers } = await startFleet(started, [2, 3]);
    const cache = process();
    await cache.reshard(after, { phase: 1 });
    const before = await servers[0]?.command('GET', `p:${STAMP}`);
    expect(JSON.parse(String(before))).toMatchObject({ phase: 1, clean: true });
    await servers[0]?.command('FLUSHALL');
    await eventually(async () => (await servers[0]?.command('GET', `p:${STAMP}`)) !== null, 10_000);
    const restored = JSON.parse(String(await servers[0]?.command('GET', `p:${STAMP}`)));
    expect(restored).toMatchObject({ id: 's0', phase: 1, least: 0, clean: false });
    await expectRefusal(cache.reshard(after, { phase: 3 }), /phase 2 has to come first/);
  }, 60_000);
});

async function expectRefusal(call: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await failure(call);
  expect(error.code).toBe('OPTION_INVALID');
  expect(error.message).toMatch(message);
}

/** A key that is on another shard after the move. */
function movedKey(cache: ShardedCache, after: ReshardFleet['after']): string {
  const target = new ShardedCache(after, { keyPrefix: 'p:' });
  const list = KEYS.filter((key) => target.locate(key).shard === 's2' && cache.locate(key).shard !== 's2');
  return list[0] ?? '';
}
