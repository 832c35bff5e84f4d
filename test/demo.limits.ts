import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseList } from 'structured-headers';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { DemoProcess, type DemoAnswer } from './demo.process.js';

const MINUTES = 60_000;
const CITY = '/cities/search?q=zurich&limit=1';
const BURST = 20;
const PER_HOUR = 1000;
const MAX_SEARCHES = 100;
const FEW = 5;

/** The key that counts the searches of this machine. */
export const LIMITS_KEY = '{rl:15}:ip:127.0.0.1';

/** Sequential searches; the last one was refused. */
interface Searches {
  readonly admitted: readonly DemoAnswer[];
  readonly refused: DemoAnswer;
  /** Time from before the first search to after the last. */
  readonly seconds: number;
}

/** Tests how the demo limits its searches. `data` is the folder of its database. */
export function describeSearchLimits(data: string): void {
  describe.each([
    { framework: 'Express', store: 'memory', args: [] },
    { framework: 'Fastify', store: 'memory', args: ['--fastify'] },
    { framework: 'Express', store: 'Redis', args: [] },
    { framework: 'Fastify', store: 'Redis', args: ['--fastify'] },
  ])('search limits on $framework and $store', ({ store, args }) => {
    let redis: RedisServer | undefined;
    let demo: DemoProcess;
    let searches: Searches;
    beforeAll(async () => {
      redis = store === 'Redis' ? await RedisServer.start() : undefined;
      demo = await DemoProcess.connected({ data, args, env: redis === undefined ? {} : { REDIS_URL: redis.url } });
      searches = await searchUntilRefused(demo);
    }, MINUTES);
    afterAll(async () => {
      await demo.stop();
      await redis?.stop();
    });

    it('send both limits and the remaining tokens in each response', () => {
      const { admitted, refused } = searches;
      for (const answer of [...admitted, refused]) {
        expect(answer.headers.get('ratelimit-policy')).toBe('"search-burst";q=20;w=20, "search-hour";q=1000;w=3600');
        expect(Object.keys(leftOf(answer))).toEqual(['search-burst', 'search-hour']);
      }
      expect(admitted.slice(0, 1).map(leftOf)).toEqual([{ 'search-burst': BURST - 1, 'search-hour': PER_HOUR - 1 }]);
      expect(leftOf(refused)['search-burst']).toBe(0);
    });

    it('refuse a search beyond the burst with problem details and Retry-After', () => {
      const { admitted, refused, seconds } = searches;
      // A decision that Redis delays is made in the process, which then has a separate count.
      const counts = store === 'Redis' ? 2 : 1;
      expect(admitted.length).toBeGreaterThanOrEqual(BURST);
      expect(admitted.length).toBeLessThanOrEqual(counts * (BURST + seconds));
      expect(refused).toMatchObject({ status: 429, body: { status: 429, 'violated-policies': ['search-burst'] } });
      const { headers } = refused;
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
      expect([headers.get('retry-after'), headers.get('cache-control')]).toEqual(['1', 'no-store']);
      expect(headers.has('x-cache')).toBe(false);
    });

    it('count by the address of the socket and ignore forwarding headers', async () => {
      const claims = { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7', forwarded: 'for=203.0.113.7' };
      const left = leftOf(await demo.ask(CITY, { headers: claims }));
      expect(left['search-hour']).toBeLessThanOrEqual(PER_HOUR - BURST);
    });

    // macOS has one address on the loopback interface.
    it.runIf(process.platform !== 'darwin')('count each address separately', async () => {
      const answer = await demo.askFrom('127.0.0.2', CITY);
      expect([answer.status, leftOf(answer)]).toEqual([
        200,
        { 'search-burst': BURST - 1, 'search-hour': PER_HOUR - 1 },
      ]);
    });

    it('do not limit other routes', async () => {
      for (const path of ['/cities/nearest?lat=1&lon=2', '/countries/JP/cities', '/', '/health', '/cache/stats']) {
        const { status, headers } = await demo.ask(path);
        expect([path, status, headers.has('ratelimit')]).toEqual([path, 200, false]);
      }
    });

    it('do not show addresses among the stored values', async () => {
      expect(await demo.read('/demo/raw')).toMatch(/cache:searches::zurich:1\n/);
      expect(await demo.read('/demo/raw')).not.toMatch(/127\.0\.0|rl:/);
      expect((await demo.ask(`/demo/raw/${encodeURIComponent(LIMITS_KEY)}`)).status).toBe(404);
    });
  });

  it(
    'limits searches in the process while Redis is frozen, and continues the count of Redis afterwards, also in a new process',
    async () => {
      const redis = await RedisServer.start();
      onTestFinished(() => redis.stop());
      const env = { REDIS_URL: redis.url };
      const demo = await DemoProcess.connected({ data, env });
      onTestFinished(async () => void (await demo.stop()));
      for (let i = 0; i < FEW; i++) await demo.ask(CITY);
      redis.freeze();
      const { admitted, refused, seconds } = await searchUntilRefused(demo);
      expect(refused.status).toBe(429);
      expect(admitted.length).toBeGreaterThanOrEqual(BURST - FEW);
      expect(admitted.length).toBeLessThanOrEqual(BURST + seconds);
      redis.thaw();
      // The searches that the process admitted alone are not counted in Redis.
      const hourLeft = async (process: DemoProcess): Promise<number | undefined> =>
        leftOf(await process.ask(CITY))['search-hour'];
      await expect.poll(() => hourLeft(demo), { timeout: MINUTES / 2 }).toBeGreaterThan(PER_HOUR - BURST);
      await demo.stop();
      const next = await DemoProcess.connected({ data, env, args: ['--fastify'] });
      onTestFinished(async () => void (await next.stop()));
      await expect.poll(() => hourLeft(next), { timeout: MINUTES / 2 }).toBeLessThan(PER_HOUR - FEW);
    },
    2 * MINUTES,
  );
}

async function searchUntilRefused(demo: DemoProcess): Promise<Searches> {
  const startedAt = performance.now();
  const admitted: DemoAnswer[] = [];
  while (admitted.length < MAX_SEARCHES) {
    const answer = await demo.ask(CITY);
    if (answer.status !== 200) return { admitted, refused: answer, seconds: (performance.now() - startedAt) / 1000 };
    admitted.push(answer);
  }
  throw new Error(`None of ${MAX_SEARCHES} searches was refused.`);
}

/** The remaining tokens of each policy, by policy name; empty on a route without a limit. */
function leftOf({ headers }: DemoAnswer): Readonly<Record<string, number>> {
  const items = parseList(headers.get('ratelimit') ?? '');
  return Object.fromEntries(items.map(([name, parameters]) => [String(name), Number(parameters.get('r'))]));
}
