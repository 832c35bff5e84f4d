import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoProcess } from './demo.process.js';

const MINUTES = 60_000;
const CODES = ['JP', 'FR', 'BR', 'NZ', 'EG', 'CA', 'IN', 'KE', 'SE', 'PE'];
const IDS = ['eu-1', 'eu-2', 'eu-3'];

interface ShardsBody {
  readonly shards: Readonly<Record<string, { readonly server: string; readonly pid: number; readonly state: string }>>;
  readonly keys: readonly { readonly key: string; readonly shard: string; readonly slot: number }[];
}

/** Whether a process with this id exists. */
function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Tests the demo on three shards. `data` is the folder of its database. */
export function describeShards(data: string): void {
  it(
    'runs on three memory stores if there is no redis-server, and says so',
    async () => {
      const demo = await DemoProcess.ready({ data, args: ['--shards'], env: { PATH: '' } });
      expect(demo.output).toContain('no redis-server was found');
      expect((await demo.ask('/countries/JP/cities')).status).toBe(200);
      const { shards, keys } = (await demo.ask('/shards')).body as ShardsBody;
      expect(Object.entries(shards).map(([id, { server, state }]) => [id, server, state])).toEqual(
        IDS.map((id) => [id, 'memory', 'up']),
      );
      expect(keys.map(({ key }) => key)).toContain('cache:countries::JP');
      expect((await demo.ask('/shards/eu-2', { method: 'DELETE' })).status).toBe(501);
      await demo.stop();
    },
    3 * MINUTES,
  );

  it(
    'has no shards on one store',
    async () => {
      const demo = await DemoProcess.ready({ data });
      expect((await demo.ask('/shards')).status).toBe(501);
      await demo.stop();
    },
    3 * MINUTES,
  );

  describe('on three shards', () => {
    let demo: DemoProcess;
    let pids: readonly number[];
    beforeAll(async () => {
      const { REDIS_SERVER_BIN = '' } = process.env;
      demo = await DemoProcess.connected({ data, args: ['--shards'], env: { REDIS_SERVER_BIN } });
      pids = Object.values((await shards()).shards).map(({ pid }) => pid);
    }, MINUTES);
    afterAll(() => demo.stop());

    const shards = async (): Promise<ShardsBody> => (await demo.ask('/shards')).body as ShardsBody;
    const cacheOf = async (code: string): Promise<string | null> =>
      (await demo.ask(`/countries/${code}/cities`)).headers.get('x-cache');
    const placeOf = async (code: string) =>
      (await demo.ask(`/shards/of/cache:countries::${code}`)).body as ShardsBody['keys'][number];

    it('prints the server and a key of each shard', () => {
      for (const id of IDS)
        expect(demo.output).toMatch(
          new RegExp(
            `${id} \\(127\\.0\\.0\\.1:\\d+, process \\d+\\) has the key of /countries/\\w\\w/cities: slot \\d+`,
          ),
        );
      expect(demo.output).toMatch(/curl -X DELETE 'http:\S+\/shards\/eu-2'/);
    });

    it('lists stored keys with the shard and the slot that hold them', async () => {
      for (const code of CODES) await cacheOf(code);
      const { keys } = await shards();
      for (const code of CODES) expect(keys).toContainEqual(await placeOf(code));
      expect(new Set(keys.map(({ shard }) => shard))).toEqual(new Set(IDS));
    });

    it(
      'answers for a stopped shard from copies, and for the others from their servers',
      async () => {
        for (const code of [...CODES, ...CODES, ...CODES]) await cacheOf(code);
        const stopped = await demo.ask('/shards/eu-2', { method: 'DELETE' });
        expect(stopped.body).toMatchObject({ pid: null });
        await expect.poll(async () => (await shards()).shards['eu-2']?.state, { timeout: MINUTES / 2 }).not.toBe('up');
        for (const code of CODES) expect(await cacheOf(code)).toBe('HIT');
        expect((await shards()).shards).toMatchObject({ 'eu-1': { state: 'up' }, 'eu-3': { state: 'up' } });
        expect((await demo.ask('/health')).body).toMatchObject({ status: 'degraded' });
        expect((await demo.ask('/shards/eu-2', { method: 'POST' })).status).toBe(201);
        await expect.poll(async () => (await shards()).shards['eu-2']?.state, { timeout: MINUTES / 2 }).toBe('up');
      },
      2 * MINUTES,
    );

    it('answers a stop of an unknown shard with a 404', async () => {
      expect((await demo.ask('/shards/us-1', { method: 'DELETE' })).status).toBe(404);
    });

    it('ends its servers when it stops', async () => {
      const now = Object.values((await shards()).shards).map(({ pid }) => pid);
      expect(await demo.stop('SIGINT')).toBe(0);
      await expect.poll(() => [...pids, ...now].filter(runs), { timeout: MINUTES / 4 }).toEqual([]);
    });
  });
}
