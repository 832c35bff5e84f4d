import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { DemoProcess } from './demo.process.js';

const MINUTES = 60_000;
const NEAREST = '/cities/nearest?lat=48.86&lon=2.35&limit=3';
const SEARCH = '/cities/search?q=san%20jose&limit=3';
const COUNTRY = '/countries/JP/cities';

const data = mkdtempSync(join(tmpdir(), 'places-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe('the demo', () => {
  it(
    'loads the cities again after it was killed while it loaded them, and says so',
    async () => {
      const killed = DemoProcess.start({ data });
      await killed.said(/Loading the cities/);
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

    it('does not load the cities again', () => {
      expect(demo.output).not.toContain('Loading');
    });

    it('prints where it is, the store in use and three requests to try', () => {
      expect(demo.output).toMatch(new RegExp(`http://127\\.0\\.0\\.1:\\d+ \\(${framework}\\)`));
      expect(demo.output).toContain('embedded memory store');
      expect(demo.output.match(/curl -i '/g)).toHaveLength(3);
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

    it('knows where Paris is', async () => {
      const { body } = await demo.ask(NEAREST);
      expect(body).toMatchObject([{ name: 'Paris', country: 'FR', km: 0.7 }, {}, {}]);
    });

    it('counts a country', async () => {
      const { body } = await demo.ask('/countries/jp/cities');
      expect(body).toMatchObject({ country: 'JP', name: 'Japan', biggest: { length: 10, 0: { name: 'Tokyo' } } });
    });

    it('shares an answer between points that are neighbours, and between ways to write a text', async () => {
      expect(await cacheOf('/cities/nearest?lat=48.8601&lon=2.3499&limit=3')).toBe('HIT');
      expect(await cacheOf('/cities/search?q=%20San%20%20JOS%C3%89&limit=3')).toBe('HIT');
      expect(await cacheOf('/countries/jp/cities')).toBe('HIT');
    });

    it('asks the database once for requests that come together', async () => {
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
      ['/cities/search?q=%27', 'q is no text that names contain'],
      ['/countries/J1/cities', 'code must be the two letters of a country, such as JP'],
    ])('refuses %s with a 400 that says what would be right', async (path, message) => {
      const { status, body } = await demo.ask(path);
      expect([status, body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message }]);
    });

    it('keeps in mind that there is nothing, too', async () => {
      const outcomes = [await demo.ask('/countries/ZZ/cities'), await demo.ask('/countries/ZZ/cities')];
      expect(outcomes.map(({ status }) => status)).toEqual([404, 404]);
      expect(outcomes.map(({ headers }) => headers.get('x-cache'))).toEqual(['MISS', 'HIT']);
    });

    it('says what it is, and what the cache has done', async () => {
      expect((await demo.ask('/')).body).toMatchObject({ store: { mode: 'memory' }, cities: 135_233 });
      expect((await demo.ask('/cache/stats')).body).toMatchObject({ loads: expect.any(Number) });
    });

    it('asks the database again after the cache was emptied', async () => {
      expect((await demo.ask('/cache', { method: 'DELETE' })).body).toMatchObject({ status: 'applied' });
      expect(await cacheOf(NEAREST)).toBe('MISS');
    });

    it('refuses a second instance on the same data directory in one sentence', async () => {
      const second = DemoProcess.start({ data });
      expect(await second.ended()).toBe(1);
      expect(second.output).toMatch(
        /^The data directory .+ is in use by process \d+: stop that one, or choose another .+\.\n$/,
      );
    });

    it('refuses a port that is in use in one sentence', async () => {
      const { port } = new URL(/http:\S+/.exec(demo.output)?.[0] ?? '');
      const second = DemoProcess.start({ data, args: ['--port', port] });
      expect(await second.ended()).toBe(1);
      expect(second.output).toMatch(/^Port \d+ of 127\.0\.0\.1 is in use: choose another with --port .+\.\n$/);
    });

    it('exits with 0 on SIGTERM', async () => {
      expect(await demo.stop('SIGTERM')).toBe(0);
    });
  });

  it('refuses Redis settings that cannot be used in one sentence without the password', async () => {
    const demo = DemoProcess.start({ data, env: { REDIS_URL: 'http://:secret@localhost' } });
    expect(await demo.ended()).toBe(1);
    expect(demo.output).toMatch(/^The Redis settings in the environment cannot be used: .+\n$/);
    expect(demo.output).not.toContain('secret');
  });

  describe('on Redis', () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await RedisServer.start();
    });
    afterAll(() => redis.stop());

    it(
      'finds what an earlier run left in the cache',
      async () => {
        const env = { REDIS_URL: redis.url };
        const first = await DemoProcess.ready({ data, env });
        expect(first.output).toContain('Redis (standalone)');
        const made = await first.ask(NEAREST);
        expect(made.headers.get('x-cache')).toBe('MISS');
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
      'answers from the database while Redis is away',
      async () => {
        await redis.kill();
        const demo = await DemoProcess.ready({ data, env: { REDIS_URL: redis.url } });
        const { status, headers } = await demo.ask(NEAREST);
        expect([status, headers.get('x-cache')]).toEqual([200, 'MISS']);
        const flush = await demo.ask('/cache', { method: 'DELETE' });
        expect([flush.status, flush.body]).toEqual([503, expect.objectContaining({ code: 'CONNECTION_FAILED' })]);
        expect(await demo.stop()).toBe(0);
        await redis.restart();
      },
      MINUTES,
    );
  });
});
