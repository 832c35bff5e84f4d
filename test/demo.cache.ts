import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { DemoProcess } from './demo.process.js';

const MINUTES = 60_000;
const CALLERS = 200;
const STAMPEDE = `/cities/stampede?callers=${CALLERS}`;
const EXTREMES = '/countries/CH/extremes';
const HEMISPHERES = '/hemispheres';

interface Stampede {
  readonly process: number;
  readonly callers: number;
  readonly queries: number;
  readonly ms: number;
}

interface Stats {
  readonly root: { readonly near: { readonly entries: number } };
  readonly countries: { readonly hits: { readonly near: number } };
}

/** Tests the cache decorators, the HTTP cache, near copies and shared loads. `data` is the folder of its database. */
export function describeCaching(data: string): void {
  describe.each([
    { framework: 'Express', args: [] },
    { framework: 'Fastify', args: ['--fastify'] },
  ])('the cache on $framework and the embedded store', ({ args }) => {
    let demo: DemoProcess;
    beforeAll(async () => {
      demo = await DemoProcess.ready({ data, args });
    }, MINUTES);
    afterAll(() => demo.stop());

    it('costs one query for 200 callers of one key', async () => {
      for (const path of [STAMPEDE, '/cities/stampede']) {
        const { status, body } = await demo.ask(path);
        expect([status, body]).toEqual([
          200,
          { process: demo.pid, round: expect.any(String), callers: CALLERS, queries: 1, ms: expect.any(Number) },
        ]);
      }
    });

    it('costs no query for a round that was loaded before', async () => {
      await demo.ask(`${STAMPEDE}&round=a%3Ab`);
      expect((await demo.ask(`${STAMPEDE}&round=a%3Ab`)).body).toMatchObject({ round: 'a:b', queries: 0 });
    });

    it.each([
      ['/cities/stampede?callers=0', 'callers must be a whole number from 1 to 1000'],
      ['/cities/stampede?round=', 'round must be 1 to 64 characters of text on one line'],
      ['/countries/J1/extremes', 'code must be the two letters of a country, such as JP'],
    ])('refuses %s with a 400 that describes the valid values', async (path, message) => {
      const { status, body } = await demo.ask(path);
      expect([status, body]).toMatchObject([400, { message }]);
    });

    it('keeps the result of a decorated method until its tag is invalidated', async () => {
      const { body } = await demo.ask(EXTREMES);
      expect(body).toMatchObject({ northernmost: expect.any(String), westernmost: expect.any(String) });
      expect(await demo.read('/demo/raw')).toContain('/demo/raw/cache:extremes::CH\n');
      expect((await demo.ask('/countries/XX/extremes')).status).toBe(404);
      expect((await demo.ask(EXTREMES, { method: 'DELETE' })).body).toEqual({ forgotten: 'CH' });
      expect(await demo.read('/demo/raw/cache:extremes::CH')).toContain('stored as  envelope: json');
      expect((await demo.ask(EXTREMES)).body).toEqual(body);
    });

    it('answers from the HTTP cache, also with 304', async () => {
      const [first, second] = [await demo.ask(HEMISPHERES), await demo.ask(HEMISPHERES)];
      expect([first, second].map(({ headers }) => headers.get('x-cache'))).toEqual(['MISS', 'HIT']);
      expect(first.body).toHaveLength(4);
      expect(second.body).toEqual(first.body);
      const etag = first.headers.get('etag') ?? '';
      expect((await demo.open(HEMISPHERES, { headers: { 'if-none-match': etag } })).status).toBe(304);
    });

    it('reads a value again from the memory of the process', async () => {
      for (let i = 0; i < 3; i++) await demo.ask('/countries/IT/cities');
      const { root, countries } = (await demo.ask('/cache/stats')).body as Stats;
      expect(root.near.entries).toBeGreaterThan(0);
      expect(countries.hits.near).toBeGreaterThan(0);
    });
  });

  describe('the caches of two processes on one Redis', () => {
    // A database is open in one process only.
    const copy = mkdtempSync(join(tmpdir(), 'places-'));
    let redis: RedisServer;
    let processes: readonly [DemoProcess, DemoProcess];
    beforeAll(async () => {
      redis = await RedisServer.start();
      cpSync(data, copy, { recursive: true });
      const env = { REDIS_URL: redis.url };
      processes = await Promise.all([
        DemoProcess.connected({ data, env }),
        DemoProcess.connected({ data: copy, env, args: ['--fastify'] }),
      ]);
    }, 2 * MINUTES);
    afterAll(async () => {
      await Promise.all(processes.map((demo) => demo.stop()));
      await redis.stop();
      rmSync(copy, { recursive: true, force: true });
    });

    it('cost one query for 200 callers in each process', async () => {
      for (const round of ['one', 'two', 'three']) {
        const answers = await Promise.all(processes.map((demo) => demo.ask(`${STAMPEDE}&round=${round}`)));
        const reports = answers.map(({ body }) => body as Stampede);
        expect(reports.map(({ process, callers }) => [process, callers])).toEqual(
          processes.map(({ pid }) => [pid, CALLERS]),
        );
        expect(reports.reduce((sum, { queries }) => sum + queries, 0)).toBe(1);
      }
    });

    it('drop a copy in one process when the other removes the value', async () => {
      const [first, second] = processes;
      const copies = async (): Promise<number> => ((await first.ask('/cache/stats')).body as Stats).root.near.entries;
      await expect
        .poll(async () => ((await first.ask('/countries/IT/cities')).status === 200 ? copies() : 0), {
          timeout: MINUTES / 2,
        })
        .toBeGreaterThan(0);
      expect((await second.ask('/cache', { method: 'DELETE' })).status).toBe(200);
      // The copy is dropped when the notice of the server arrives.
      await expect
        .poll(async () => (await first.ask('/countries/IT/cities')).headers.get('x-cache'), { timeout: MINUTES / 2 })
        .toBe('MISS');
    });

    it('share the results of decorated methods, and forget them by tag', async () => {
      const [first, second] = processes;
      const { body } = await first.ask(EXTREMES);
      expect((await second.ask(EXTREMES)).body).toEqual(body);
      expect(await second.read('/demo/raw')).toContain('/demo/raw/cache:extremes::CH\n');
      expect((await second.ask(EXTREMES, { method: 'DELETE' })).status).toBe(200);
      expect((await first.ask(EXTREMES)).body).toEqual(body);
    });

    it('share the responses of the HTTP cache', async () => {
      const [first, second] = processes;
      await first.ask(HEMISPHERES);
      expect((await second.ask(HEMISPHERES)).headers.get('x-cache')).toBe('HIT');
    });

    it('stop with 0 while a load is running', async () => {
      const [, second] = processes;
      const asked = second.ask(STAMPEDE).catch(() => undefined);
      expect(await second.stop()).toBe(0);
      await asked;
    });
  });
}
