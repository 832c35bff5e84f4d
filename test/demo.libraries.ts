import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { DemoProcess, type DemoAnswer } from './demo.process.js';
import { EventStream } from './event.stream.js';

const MINUTES = 60_000;
const RANDOM_CITY = '/cities/random';
const LOADS = '/cache/loads';
const PER_MINUTE = 5;

/** Tests what the demo does with other libraries: `@nestjs/throttler` and ioredis. `data` is the folder of its database. */
export function describeOtherLibraries(data: string): void {
  describe.each([
    { framework: 'Express', args: [] },
    { framework: 'Fastify', args: ['--fastify'] },
  ])('other libraries on $framework and the embedded store', ({ args }) => {
    let demo: DemoProcess;
    beforeAll(async () => {
      demo = await DemoProcess.ready({ data, args });
    }, MINUTES);
    afterAll(() => demo.stop());

    it('@nestjs/throttler allows five random cities a minute', async () => {
      const answers = await randomCities(demo, PER_MINUTE + 1);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
      expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining')).slice(0, PER_MINUTE)).toEqual([
        '4',
        '3',
        '2',
        '1',
        '0',
      ]);
      expect(answers[0]?.body).toMatchObject({ name: expect.any(String), country: expect.any(String) });
      expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    });

    it('the events of all processes are refused with the reason', async () => {
      const { status, body } = await demo.ask(LOADS);
      expect([status, body]).toEqual([
        501,
        {
          statusCode: 501,
          error: 'Not Implemented',
          message: expect.stringContaining('The embedded store has no channels'),
        },
      ]);
      expect(demo.output).toContain('not available, because the embedded store has no channels');
    });
  });

  describe.each([
    { framework: 'Express', args: [] },
    { framework: 'Fastify', args: ['--fastify'] },
  ])('other libraries on $framework and Redis', ({ args }) => {
    // A database is open in one process only.
    const copy = mkdtempSync(join(tmpdir(), 'places-'));
    let redis: RedisServer;
    let first: DemoProcess;
    let second: DemoProcess;
    beforeAll(async () => {
      redis = await RedisServer.start();
      cpSync(data, copy, { recursive: true });
      const env = { REDIS_URL: redis.url };
      [first, second] = await Promise.all([
        DemoProcess.ready({ data, args, env }),
        DemoProcess.ready({ data: copy, env }),
      ]);
    }, 2 * MINUTES);
    afterAll(async () => {
      await Promise.all([first.stop(), second.stop()]);
      await redis.stop();
      rmSync(copy, { recursive: true, force: true });
    });

    it('@nestjs/throttler counts in Redis for both processes', async () => {
      await expect.poll(async () => (await randomCities(first, 1))[0]?.status, { timeout: MINUTES / 2 }).toBe(429);
      expect(await redis.command('KEYS', 'places:throttler:*')).toHaveLength(1);
      await expect
        .poll(async () => (await randomCities(second, 1))[0]?.headers.get('retry-after'), { timeout: MINUTES / 2 })
        .toMatch(/^[1-9]\d*$/);
    });

    it('a load in one process is an event in the other, once and without its key', async () => {
      const stream = await EventStream.open(first, LOADS);
      await stream.until(/^event: subscribed$/m);
      await second.ask('/cities/search?q=secret&limit=1');
      await second.ask('/cities/search?q=secret&limit=1');
      await second.ask('/countries/JP/cities');
      await stream.until(/"countries"/);
      const load = (cache: string): object => ({ process: second.pid, cache, ms: expect.any(Number) });
      expect(stream.data('load')).toEqual([load('searches'), load('countries')]);
      expect(stream.text).not.toContain('secret');
      await stream.close();
    });

    it('a stream of events ends when its process stops', async () => {
      const stream = await EventStream.open(second, LOADS);
      await stream.until(/^event: subscribed$/m);
      expect(await second.stop()).toBe(0);
      await stream.ended();
    });
  });
}

async function randomCities(demo: DemoProcess, requests: number): Promise<DemoAnswer[]> {
  const answers: DemoAnswer[] = [];
  for (let i = 0; i < requests; i++) answers.push(await demo.ask(RANDOM_CITY));
  return answers;
}
