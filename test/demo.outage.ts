import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { DemoProcess } from './demo.process.js';

const MINUTES = 60_000;
const COUNTRY = '/countries/NZ/cities';
const CACHED = '/cache/countries/NZ';
const OUTAGE = '/outage';

/** Tests what the demo shows of an outage. `data` is the folder of its database. */
export function describeOutages(data: string): void {
  it(
    'has no outages on the embedded store',
    async () => {
      const demo = await DemoProcess.ready({ data });
      expect((await demo.ask(OUTAGE)).body).toEqual({ isolated: false, fallback: null });
      expect((await demo.ask(OUTAGE, { method: 'POST' })).status).toBe(501);
      expect(demo.output).toContain('stays deleted: not available');
      await demo.stop();
    },
    3 * MINUTES,
  );

  describe('an outage of Redis', () => {
    let redis: RedisServer;
    let demo: DemoProcess;
    beforeAll(async () => {
      redis = await RedisServer.start();
      demo = await DemoProcess.connected({ data, env: { REDIS_URL: redis.url } });
    }, MINUTES);
    afterAll(async () => {
      await demo.stop();
      await redis.stop();
    });

    const cacheOf = async (): Promise<string | null> => (await demo.ask(COUNTRY)).headers.get('x-cache');
    /** Reads the value until there is a copy of it, and the cache uses Redis. */
    const copied = async (): Promise<void> => {
      const outcomes = [await cacheOf(), await cacheOf(), await cacheOf()];
      expect(outcomes.slice(1)).toEqual(['HIT', 'HIT']);
    };
    const remove = (): Promise<{ readonly body: unknown }> => demo.ask(CACHED, { method: 'DELETE' });
    const reported = (fallback: object): Promise<void> =>
      expect
        .poll(async () => (await demo.ask(OUTAGE)).body, { timeout: MINUTES / 2 })
        .toMatchObject({ isolated: false, fallback });

    it(
      'is answered from a copy, and what was deleted meanwhile does not come back with the snapshot',
      async () => {
        await copied();
        await redis.save();
        await redis.kill();
        await reported({ active: true });
        expect(await cacheOf()).toBe('HIT');
        expect((await remove()).body).toEqual({ status: 'journaled' });
        await reported({ active: true, journal: 1 });
        await redis.restart();
        await reported({ active: false, journal: 0 });
        expect(await cacheOf()).toBe('MISS');
      },
      MINUTES,
    );

    it(
      'can be begun and ended by hand',
      async () => {
        await copied();
        expect((await remove()).body).toEqual({ status: 'applied' });
        await copied();
        expect((await demo.ask(OUTAGE, { method: 'POST' })).body).toMatchObject({ isolated: true });
        expect(await cacheOf()).toBe('HIT');
        expect((await remove()).body).toEqual({ status: 'journaled' });
        expect((await demo.ask(OUTAGE, { method: 'DELETE' })).body).toMatchObject({ isolated: false });
        await reported({ active: false, journal: 0 });
        expect(await cacheOf()).toBe('MISS');
      },
      MINUTES,
    );
  });
}
