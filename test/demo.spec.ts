import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { readDump, type RawDump } from './demo.dump.js';
import { describeCaching } from './demo.cache.js';
import { describeSearchLimits, LIMITS_KEY } from './demo.limits.js';
import { describeOutages } from './demo.outage.js';
import { describeShards } from './demo.shards.js';
import { describeOtherLibraries } from './demo.libraries.js';
import { DemoProcess } from './demo.process.js';

const MINUTES = 60_000;
/** The report of a Redis that serves all calls. */
const UP = {
  status: 'ok',
  details: { redis: { connection: { state: 'up' }, breaker: { read: 'closed', write: 'closed' } } },
};
const NEAREST = '/cities/nearest?lat=48.86&lon=2.35&limit=3';
const SEARCH = '/cities/search?q=san%20jose&limit=3';
const COUNTRY = '/countries/JP/cities';
const CITY = '/cities/search?q=zurich&limit=1';

const data = mkdtempSync(join(tmpdir(), 'places-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe('the demo', () => {
  it(
    'loads the cities again, and prints it, after it was killed during the load',
    async () => {
      const killed = DemoProcess.start({ data });
      await killed.waitForOutput(/Loading the cities/);
      await killed.stop('SIGKILL');
      const demo = await DemoProcess.ready({ data });
      expect(demo.output).toMatch(/Loaded 135,\d{3} cities in \d+\.\d s/);
      await demo.stop();
    },
    3 * MINUTES,
  );

  describe.each([
    { framework: 'Express', args: [] },
    { framework: 'Fastify', args: ['--fastify'] },
  ])('on $framework and the embedded store', ({ framework, args }) => {
    let demo: DemoProcess;
    beforeAll(async () => {
      demo = await DemoProcess.ready({ data, args });
    }, MINUTES);
    afterAll(() => demo.stop());

    const cacheOf = async (path: string): Promise<string | null> => (await demo.ask(path)).headers.get('x-cache');
    const rawOf = async (key: string): Promise<RawDump> => readDump(await demo.read(`/demo/raw/${key}`));

    it('does not load the cities again', () => {
      expect(demo.output).not.toContain('Loading');
    });

    it('prints its address, its store, three example requests and how to reach a limit', () => {
      expect(demo.output).toMatch(new RegExp(`http://127\\.0\\.0\\.1:\\d+ \\(${framework}\\)`));
      expect(demo.output).toContain('embedded memory store');
      expect(demo.output.match(/curl -i '/g)).toHaveLength(3);
      expect(demo.output).toMatch(/curl -siw '\\n' 'http:\S+\/cities\/search\?q=bern&try=\[1-25\]' \| grep -iE /);
    });

    it.each([NEAREST, SEARCH, COUNTRY])('answers %s from the database, then the same from the cache', async (path) => {
      const first = await demo.ask(path);
      const second = await demo.ask(path);
      expect([first.status, first.headers.get('x-cache')]).toEqual([200, 'MISS']);
      expect([second.status, second.headers.get('x-cache')]).toEqual([200, 'HIT']);
      expect(second.body).toEqual(first.body);
      for (const { headers } of [first, second]) {
        expect(headers.get('server-timing')).toMatch(/^total;dur=\d+\.\d\d$/);
        expect(headers.get('x-response-time')).toMatch(/^\d+\.\d\dms$/);
      }
    });

    it('caches the list of countries with @nestjs/cache-manager, on the store of the application', async () => {
      const first = await demo.ask('/countries');
      const second = await demo.ask('/countries');
      expect([first.headers.get('x-cache'), second.headers.get('x-cache')]).toEqual(['MISS', 'HIT']);
      expect(second.body).toEqual(first.body);
      expect(first.body).toMatchObject({ 0: { code: 'CN' } });
    });

    it('finds Paris by its coordinates', async () => {
      const { body } = await demo.ask(NEAREST);
      expect(body).toMatchObject([{ name: 'Paris', country: 'FR', km: 0.7 }, {}, {}]);
    });

    it('returns the statistics of a country', async () => {
      const { body } = await demo.ask('/countries/jp/cities');
      expect(body).toMatchObject({ country: 'JP', name: 'Japan', biggest: { length: 10, 0: { name: 'Tokyo' } } });
    });

    it('shares a cached answer between neighbouring points, and between spellings of a text', async () => {
      expect(await cacheOf('/cities/nearest?lat=48.8601&lon=2.3499&limit=3')).toBe('HIT');
      expect(await cacheOf('/cities/search?q=%20San%20%20JOS%C3%89&limit=3')).toBe('HIT');
      expect(await cacheOf('/countries/jp/cities')).toBe('HIT');
    });

    it('queries the database once for concurrent requests', async () => {
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => cacheOf('/countries/FR/cities')));
      expect(outcomes.filter((outcome) => outcome === 'MISS')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'SHARED')).toHaveLength(4);
    });

    it('takes wildcards as text', async () => {
      expect((await demo.ask('/cities/search?q=%25')).body).toEqual({ total: 0, cities: [] });
      expect((await demo.ask('/cities/search?q=san_jose')).body).toEqual({ total: 0, cities: [] });
    });

    it.each([
      ['/cities/nearest?lat=91&lon=2', 'lat must be a number from -90 to 90'],
      ['/cities/nearest?lat=1', 'lon must be a number from -180 to 180'],
      ['/cities/nearest?lat=1&lat=2&lon=3', 'lat must be a number from -90 to 90'],
      ['/cities/nearest?lat=1&lon=2&limit=0', 'limit must be a whole number from 1 to 100'],
      ['/cities/search', 'q must be 1 to 64 characters of text on one line'],
      ['/cities/search?q=%00', 'q must be 1 to 64 characters of text on one line'],
      [`/cities/search?q=${'x'.repeat(65)}`, 'q must be 1 to 64 characters of text on one line'],
      ['/cities/search?q=%27', 'q must contain letters or digits that a name can contain'],
      ['/countries/J1/cities', 'code must be the two letters of a country, such as JP'],
    ])('refuses %s with a 400 that describes the valid values', async (path, message) => {
      const { status, body } = await demo.ask(path);
      expect([status, body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message }]);
    });

    it('caches an empty result, too', async () => {
      const outcomes = [await demo.ask('/countries/ZZ/cities'), await demo.ask('/countries/ZZ/cities')];
      expect(outcomes.map(({ status }) => status)).toEqual([404, 404]);
      expect(outcomes.map(({ headers }) => headers.get('x-cache'))).toEqual(['MISS', 'HIT']);
    });

    it('describes itself and the statistics of the cache at /', async () => {
      expect((await demo.ask('/')).body).toMatchObject({ store: { mode: 'memory' }, cities: 135_233 });
      const loads = { loads: expect.any(Number) };
      expect((await demo.ask('/cache/stats')).body).toMatchObject({ root: loads, countries: loads, searches: loads });
    });

    it('stores the nearest cities as JSON', async () => {
      await demo.ask(NEAREST);
      const { key, storedAs, size, bytes } = await rawOf('cache:nearest:48.86:2.35:3');
      expect([key, storedAs]).toEqual(['cache:nearest:48.86:2.35:3', 'envelope: json']);
      expect(size).toBeGreaterThan(bytes.length);
      expect(bytes.toString('latin1')).toMatch(/\{"body":\[\{"id":2988507,"name":"Paris"/);
    });

    it('stores the statistics of a country compressed, in fewer bytes than their JSON has', async () => {
      const { body } = await demo.ask(COUNTRY);
      const { storedAs, size, bytes } = await rawOf('cache:countries::JP');
      expect(storedAs).toBe('envelope: json, deflate-raw');
      expect(bytes.toString('hex', 0, 7)).toBe('c1520100020100');
      expect(size).toBeLessThan(JSON.stringify(body).length / 2);
    });

    it('stores a search encrypted: neither query nor answer is in the bytes', async () => {
      expect((await demo.ask(CITY)).body).toMatchObject({ cities: [{ name: 'Zürich' }] });
      const { storedAs, size, bytes } = await rawOf('cache:searches::zurich:1');
      expect(storedAs).toBe('envelope: json, sealed');
      expect(bytes).toHaveLength(size);
      expect(bytes.toString('hex', 0, 7)).toBe('c1520100020001');
      expect(bytes.toString('latin1')).not.toMatch(/rich|cities|total/i);
    });

    it('lists stored values with working links', async () => {
      await demo.ask(SEARCH);
      const lines = (await demo.read('/demo/raw')).split('\n');
      expect(lines).toContainEqual(
        expect.stringMatching(/^ *\d+ bytes {2}envelope: json +\/demo\/raw\/cache:nearest:/),
      );
      expect(lines).toContainEqual(
        expect.stringMatching(/ envelope: json, deflate-raw +\/demo\/raw\/cache:countries::JP$/),
      );
      const path = / (\/demo\/raw\/cache:searches::san\S+:3)$/m.exec(lines.join('\n'))?.[1] ?? '';
      expect(readDump(await demo.read(path)).key).toBe('cache:searches::san%20jose:3');
    });

    it('shows a value with a long key', async () => {
      await demo.ask(`/cities/search?q=${encodeURIComponent('京'.repeat(64))}`);
      const key = `cache:searches::${encodeURIComponent('京'.repeat(64))}:10`;
      expect(await rawOf(encodeURIComponent(key))).toMatchObject({ key, storedAs: 'envelope: json, sealed' });
    });

    it.each([
      ['cache:countries::XX', 404],
      ['other', 404],
      ['cache:', 400],
    ])('answers %s with a %i, because no value is stored there', async (key, statusCode) => {
      const { status, body } = await demo.ask(`/demo/raw/${key}`);
      expect([status, body]).toEqual([statusCode, expect.objectContaining({ statusCode })]);
    });

    it('queries the database again after the cache was flushed', async () => {
      expect((await demo.ask('/cache', { method: 'DELETE' })).body).toEqual({
        status: 'applied',
        removed: expect.any(Number) as number,
      });
      expect(await demo.read('/demo/raw')).toMatch(/^Nothing is stored yet/);
      expect([await cacheOf(NEAREST), await cacheOf(COUNTRY), await cacheOf(SEARCH)]).toEqual(['MISS', 'MISS', 'MISS']);
    });

    it('refuses a second instance on the same data directory in one sentence', async () => {
      const second = DemoProcess.start({ data });
      expect(await second.exited()).toBe(1);
      expect(second.output).toMatch(
        /^The data directory .+ is in use by process \d+: stop that process, or choose another .+\.\n$/,
      );
    });

    it('refuses a port that is in use in one sentence', async () => {
      const { port } = new URL(/http:\S+/.exec(demo.output)?.[0] ?? '');
      const second = DemoProcess.start({ data, args: ['--port', port] });
      expect(await second.exited()).toBe(1);
      expect(second.output).toMatch(/^Port \d+ of 127\.0\.0\.1 is in use: choose another port with --port .+\.\n$/);
    });

    it('exits with 0 on SIGTERM', async () => {
      expect(await demo.stop('SIGTERM')).toBe(0);
    });
  });

  it('refuses Redis settings that cannot be used in one sentence without the password', async () => {
    const demo = DemoProcess.start({ data, env: { REDIS_URL: 'http://:secret@localhost' } });
    expect(await demo.exited()).toBe(1);
    expect(demo.output).toMatch(/^The Redis settings in the environment cannot be used: .+\n$/);
    expect(demo.output).not.toContain('secret');
  });

  it('refuses a secret that is too short in one sentence without it', async () => {
    const demo = DemoProcess.start({ data, env: { DEMO_SECRET: 'hunter2' } });
    expect(await demo.exited()).toBe(1);
    expect(demo.output).toMatch(/^DEMO_SECRET must be at least 16 bytes long: .+\n$/);
    expect(demo.output).not.toContain('hunter2');
  });

  describeSearchLimits(data);

  describeOtherLibraries(data);

  describeCaching(data);

  describeOutages(data);

  describeShards(data);

  describe('on Redis', () => {
    let redis: RedisServer;
    let client: Redis;
    beforeAll(async () => {
      redis = await RedisServer.start();
      client = new Redis(redis.url);
      // A test kills the server.
      client.on('error', () => {});
    });
    afterAll(async () => {
      client.disconnect();
      await redis.stop();
    });

    it(
      'shows the bytes that are stored in Redis',
      async () => {
        const demo = await DemoProcess.ready({ data, env: { REDIS_URL: redis.url } });
        const { body } = await demo.ask(COUNTRY);
        await demo.ask(CITY);
        const country = await client.getBuffer('places:cache:countries::JP');
        const shown = readDump(await demo.read('/demo/raw/cache:countries::JP'));
        expect(shown.size).toBe(country?.length);
        expect(shown.bytes).toEqual(country?.subarray(0, 256));
        // The header has 8 bytes, of which the last is the length of the meta after it; then comes the raw length in 4.
        const start = 8 + (country?.[7] ?? 0) + 4;
        expect(JSON.parse(inflateRawSync(country?.subarray(start) ?? '').toString())).toMatchObject({ body });
        const search = readDump(await demo.read('/demo/raw/cache:searches::zurich:1'));
        expect(search.bytes).toEqual(await client.getBuffer('places:cache:searches::zurich:1'));
        expect(await demo.read('/demo/raw')).toContain('envelope: json, sealed');
        expect((await demo.ask('/cache', { method: 'DELETE' })).body).toEqual({ status: 'applied', removed: 2 });
        // The key of the rate limiter does not belong to a cache, and versions outlive what they invalidated.
        const keys = (await client.keys('*')).filter((key) => key !== `places:${LIMITS_KEY}`);
        expect(keys.filter((key) => !key.startsWith('places:~v:'))).toEqual([]);
        await demo.stop();
      },
      MINUTES,
    );

    it(
      'opens values that another run has sealed with the same secret',
      async () => {
        const askedBy = async (env: Readonly<Record<string, string>>): Promise<[string | null, string]> => {
          const demo = await DemoProcess.ready({ data, env: { REDIS_URL: redis.url, ...env } });
          const before = await demo.read('/demo/raw');
          const { headers } = await demo.ask(CITY);
          await demo.stop();
          return [headers.get('x-cache'), before];
        };
        const secret = { DEMO_SECRET: 'only for this test, and long enough' };
        expect(await askedBy(secret)).toEqual(['MISS', expect.stringContaining('Nothing is stored yet')]);
        expect(await askedBy(secret)).toEqual(['HIT', expect.stringContaining('envelope: json, sealed')]);
        expect(await askedBy({})).toEqual([
          'MISS',
          expect.stringContaining('cannot be decoded with this configuration'),
        ]);
      },
      MINUTES,
    );

    it(
      'reads values that an earlier run has cached',
      async () => {
        const env = { REDIS_URL: redis.url };
        const first = await DemoProcess.ready({ data, env });
        expect(first.output).toContain('Redis (standalone)');
        const made = await first.ask(NEAREST);
        expect(made.headers.get('x-cache')).toBe('MISS');
        expect((await first.ask('/cleanup')).body).toMatchObject({ outcome: 'dry-run', removed: {} });
        expect(await first.stop()).toBe(0);

        const second = await DemoProcess.ready({ data, env, args: ['--fastify'] });
        const found = await second.ask(NEAREST);
        expect(found.headers.get('x-cache')).toBe('HIT');
        expect(found.body).toEqual(made.body);
        expect(await second.stop('SIGINT')).toBe(0);
      },
      MINUTES,
    );

    it(
      'survives a shutdown of Redis under load, and logs one line for down and one for up',
      async () => {
        const demo = await DemoProcess.ready({ data, env: { REDIS_URL: redis.url } });
        let isOver = false;
        const caller = async (path: string): Promise<number[]> => {
          const statuses = new Set<number>();
          while (!isOver) statuses.add((await demo.ask(path)).status);
          return [...statuses];
        };
        const load = [NEAREST, COUNTRY, SEARCH, CITY].map(caller);
        const healthy = async (expected: object): Promise<void> => {
          await expect
            .poll(async () => (await demo.ask('/health')).body, { timeout: MINUTES / 2 })
            .toMatchObject(expected);
        };
        await healthy(UP);
        const before = demo.output.length;
        await redis.shutdown();
        await healthy({ status: 'degraded', details: { redis: { connection: { state: 'down' } } } });
        expect((await demo.ask('/health/live')).status).toBe(200);
        expect(await demo.ask('/health/ready')).toMatchObject({ status: 200, body: { status: 'degraded' } });
        await redis.restart();
        await healthy(UP);
        isOver = true;
        const [nearest, country, ...searches] = await Promise.all(load);
        expect([nearest, country]).toEqual([[200], [200]]);
        // The number of searches before a refusal depends on their speed.
        for (const statuses of searches) expect([200, 429]).toEqual(expect.arrayContaining(statuses));
        expect(demo.output.slice(before).match(/Redis is (down|up)/g)).toEqual(['Redis is down', 'Redis is up']);
        expect(await demo.stop()).toBe(0);
      },
      MINUTES,
    );

    it(
      'answers from the database while Redis is unavailable',
      async () => {
        await redis.kill();
        const demo = await DemoProcess.ready({ data, env: { REDIS_URL: redis.url } });
        const { status, headers } = await demo.ask(NEAREST);
        expect([status, headers.get('x-cache')]).toEqual([200, 'MISS']);
        const flush = await demo.ask('/cache', { method: 'DELETE' });
        expect([flush.status, flush.body]).toEqual([200, { status: 'journaled', removed: 0 }]);
        for (const path of ['/demo/raw', '/demo/raw/cache:countries::JP'])
          expect((await demo.ask(path)).status).toBe(503);
        expect(await demo.stop()).toBe(0);
        await redis.restart();
      },
      MINUTES,
    );
  });
});
