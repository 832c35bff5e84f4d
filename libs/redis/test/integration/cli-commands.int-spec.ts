import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CacheService, RateLimiter, type RateLimitPolicy, type StandaloneOptions } from '../../src/core.js';
import { runCli, type CliResult, type CliSurroundings } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

const OLD = { id: 'old', secret: 'an-old-secret-of-32-characters!!' };
const NEW = { id: 'new', secret: 'a-new-secret-of-32-characters!!!' };
const POLICY: RateLimitPolicy = { name: 'api', limit: 10, window: '1h' };

async function cacheOn(url: string, options: StandaloneOptions = {}): Promise<CacheService> {
  const cache = new CacheService(url, { ...LONG_DEADLINE, ...options });
  started.undo(() => cache.disconnect());
  await cache.connect();
  return cache;
}

/** Runs commands against one server. */
async function onServer(): Promise<{ url: string; cli: (line: string, more?: CliSurroundings) => Promise<CliResult> }> {
  const { url } = await started.server();
  const cli = (line: string, { env, ...more }: CliSurroundings = {}): Promise<CliResult> =>
    runCli([...line.split(' '), '--timeout', '10s'], { env: { REDIS_URL: url, ...env }, ...more });
  return { url, cli };
}

describe('inspect', () => {
  test('explains a value of a namespace and hides it, unless it is asked for', async () => {
    const { url, cli } = await onServer();
    const users = (await cacheOn(url, { keyPrefix: 'shop:' })).namespace('users');
    await users.set('1', { name: 'Ada' }, { ttl: '10m', tags: ['team'] });
    const hidden = await cli('inspect 1 --key-prefix shop: --namespace cache/users');
    expect(hidden).toMatchObject({ code: 0, stderr: '' });
    expect(hidden.stdout).toMatch(/state +fresh/);
    expect(hidden.stdout).not.toContain('Ada');
    const shown = await cli('inspect 1 --key-prefix shop: --namespace cache/users --show-value --json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'fresh', tier: 'redis', value: { name: 'Ada' } });
    expect((await cli('inspect 1 --key-prefix shop:')).stdout).toMatch(/state +absent/);
  });

  test('reads an encrypted value with the keys of the environment', async () => {
    const { url, cli } = await onServer();
    const cache = await cacheOn(url, { codec: { encryption: { keys: [OLD] } } });
    await cache.set('card', 'secret-value');
    const without = await cli('inspect card --show-value');
    expect(without.stdout).toContain('cannot be decoded');
    const env = {
      REDIS_ENCRYPTION_KEYS: `new=${NEW.secret}, old=base64:${Buffer.from(OLD.secret).toString('base64')}`,
    };
    const result = await cli('inspect card --show-value', { env });
    expect(result.stdout).toContain("'secret-value'");
    expect(result.stdout + result.stderr).not.toContain(OLD.secret);
  });
});

describe('invalidate', () => {
  test('of a key also removes the near copies of a running application', async () => {
    const { url, cli } = await onServer();
    const app = await cacheOn(url, { near: true });
    await app.getOrSet('city', async () => 'bern', { ttl: '10m' });
    await eventually(async () => (await app.get('city'), app.peek('city') === 'bern'));
    expect(await cli('invalidate key city')).toEqual({
      code: 0,
      stdout: 'applied: the value is invalid\n',
      stderr: '',
    });
    await eventually(() => app.peek('city') === undefined);
    expect(await app.get('city')).toBeUndefined();
  });

  test('of a tag invalidates each value that has it, and no other', async () => {
    const { url, cli } = await onServer();
    const app = await cacheOn(url);
    await app.set('a', 1, { tags: ['x'] });
    await app.set('b', 2, { tags: ['y', 'z'] });
    await app.set('c', 3);
    const { code, stdout } = await cli('invalidate tag x z --json');
    expect([code, JSON.parse(stdout)]).toEqual([0, { status: 'applied' }]);
    expect(await app.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 3]);
  });

  test('keeps a load that runs from storing its old value', async () => {
    const { url, cli } = await onServer();
    const app = await cacheOn(url);
    const loading = app.getOrSet('city', async () => {
      await cli('invalidate key city');
      return 'old';
    });
    expect(await loading).toBe('old');
    expect(await app.get('city')).toBeUndefined();
  });

  test('of a prefix removes one namespace after a confirmation', async () => {
    const { url, cli } = await onServer();
    const app = await cacheOn(url);
    await app.set('city', 'bern');
    await app.namespace('users').set('1', 'Ada');
    const line = 'invalidate prefix --namespace cache/users';
    expect(await cli(line)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect(await cli(line, { columns: 80, answer: 'n' })).toMatchObject({ code: 1, stdout: '' });
    expect(await app.namespace('users').get('1')).toBe('Ada');
    const confirmed = await cli(line, { columns: 80, answer: 'y' });
    expect(confirmed).toMatchObject({ code: 0, stdout: expect.stringContaining('applied: 1 key was removed') });
    expect(confirmed.stderr).toContain('Invalidate and remove everything in the namespace cache/users?');
    expect(await app.namespace('users').get('1')).toBeUndefined();
    expect(await app.get('city')).toBe('bern');
    expect(await cli('invalidate prefix --yes --json')).toMatchObject({
      code: 0,
      stdout: '{"status":"applied","removed":1}\n',
    });
  });
});

describe('ratelimit', () => {
  test('show reads a count without spending, and reset removes it', async () => {
    const { url, cli } = await onServer();
    const limiter = new RateLimiter(url, { deadline: '10s' });
    started.undo(() => limiter.close());
    for (let i = 0; i < 7; i++) await limiter.consume(POLICY, 'ada');
    for (let i = 0; i < 2; i++) {
      const { code, stdout } = await cli('ratelimit show api ada --limit 10 --window 1h --json');
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { policy: 'api', allowed: true, remaining: 3, limit: 10 }]);
    }
    expect(await cli('ratelimit reset api ada --limit 10 --window 1h')).toMatchObject({ code: 0 });
    const { stdout } = await cli('ratelimit show api ada --limit 10 --window 1h');
    expect(stdout).toMatch(/remaining +10 of 10/);
  });

  test('takes the definition from a file, or explains what is wrong with it', async () => {
    const { cli } = await onServer();
    const folder = mkdtempSync(join(tmpdir(), 'policies-'));
    started.undo(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'policies.json');
    writeFileSync(file, JSON.stringify({ policies: [POLICY] }));
    expect(await cli(`ratelimit show api ada --policy-file ${file}`)).toMatchObject({ code: 0 });
    expect(await cli(`ratelimit show login ada --policy-file ${file}`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it has: api'),
    });
    expect(await cli('ratelimit show api ada --limit 10')).toMatchObject({ code: 2 });
    expect(await cli(`ratelimit show api ada --limit 10 --policy-file ${file}`)).toMatchObject({ code: 2 });
    writeFileSync(file, '{');
    expect(await cli(`ratelimit show api ada --policy-file ${file}`)).toMatchObject({
      code: 2,
      stderr: 'error: --policy-file is not JSON.\n',
    });
  });
});

describe('stats', () => {
  test('prints the figures of the server and the keys below the prefix', async () => {
    const { url, cli } = await onServer();
    const adapter = started.adapter(url, LONG_DEADLINE);
    for (const prefix of ['shop:', 'other:', 'third:'])
      await adapter.setMany(Array.from({ length: 100 }, (_, i) => ({ key: prefix + i, value: i, ttl: '1h' })));
    const { code, stdout } = await cli('stats --key-prefix shop: --json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { keys: 100, clients: 2, maxMemory: 0 }]);
  });

  test('with --watch prints a line per interval until the signal, and exits with 130', async () => {
    const { url, cli } = await onServer();
    const adapter = started.adapter(url, LONG_DEADLINE);
    await adapter.set('hit', 1);
    // Half of the reads are hits, in each interval.
    const reading = setInterval(() => void adapter.getMany(['hit', 'miss']).catch(() => {}), 10);
    started.undo(() => clearInterval(reading));
    const interruption = new AbortController();
    const ticks: { hitRatio: number | null; opsPerSecond: number }[] = [];
    const { code } = await cli('stats --watch 100ms --json', {
      signal: interruption.signal,
      onOutput: ({ stdout }) => {
        ticks.splice(
          0,
          Infinity,
          ...stdout
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
        );
        if (ticks.slice(1).some(({ hitRatio }) => hitRatio !== null)) interruption.abort();
      },
    });
    expect(code).toBe(130);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.at(-1)).toMatchObject({ hitRatio: 0.5 });
    expect(ticks.at(-1)?.opsPerSecond).toBeGreaterThan(0);
  });

  test('shows as many columns as fit into a narrow terminal', async () => {
    const { cli } = await onServer();
    const { stdout } = await cli('stats', { columns: 40, env: { NO_COLOR: '1' } });
    const [header, line] = stdout.split('\n');
    expect(header).toBe('    ops/s     hits    memory        keys');
    expect(line).toHaveLength(40);
  });
});

describe('cleanup', () => {
  async function withRubbish(url: string): Promise<void> {
    const cache = await cacheOn(url, { keyPrefix: 'shop:' });
    for (let i = 0; i < 20; i++) await cache.set(`tagged:${i}`, i, { ttl: '1h', tags: ['team'] });
    await cache.set('kept', 1, { ttl: '1h' });
    await cache.invalidateTags('team');
    await started.adapter(url, { ...LONG_DEADLINE, keyPrefix: 'shop:' }).set('forever', 1);
    await started.adapter(url, LONG_DEADLINE).set('other:forever', 1);
  }

  test('without --apply reports what it finds and changes nothing', async () => {
    const { url, cli } = await onServer();
    await withRubbish(url);
    const { code, stdout } = await cli('cleanup --dry-run --key-prefix shop: --json');
    const found = { outcome: 'dry-run', found: { tag: 20, 'no-ttl': 1 }, removed: {} };
    expect([code, JSON.parse(stdout)]).toMatchObject([0, found]);
    const tagged = Array.from({ length: 20 }, (_, i) => `shop:cache:tagged:${i}`);
    const adapter = started.adapter(url, LONG_DEADLINE);
    const present = await Promise.all([...tagged, 'shop:forever'].map((key) => adapter.has(key)));
    expect(present).toEqual(present.map(() => true));
    expect((await cli('cleanup --key-prefix shop:')).stdout).toContain('Nothing was changed');
  });

  test('with --apply removes it, or lets it expire, below the prefix only', async () => {
    const { url, cli } = await onServer();
    await withRubbish(url);
    const { code, stdout } = await cli('cleanup --apply --without-ttl expire --expire-in 2h --key-prefix shop: --json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { outcome: 'ok', removed: { tag: 20 }, expiring: 1 }]);
    const adapter = started.adapter(url, LONG_DEADLINE);
    expect(await adapter.has('other:forever')).toBe(true);
    expect(await adapter.has('shop:cache:kept')).toBe(true);
    expect(await adapter.has('shop:cache:tagged:0')).toBe(false);
    expect(await adapter.ttl('shop:forever')).toBeLessThanOrEqual(7200);
  });

  test('refuses to work without a prefix, and with contradicting options', async () => {
    const { cli } = await onServer();
    expect(await cli('cleanup')).toMatchObject({ code: 2, stderr: expect.stringContaining('wholeDatabase') });
    expect(await cli('cleanup --apply --dry-run --whole-database')).toMatchObject({ code: 2 });
    expect(await cli('cleanup --whole-database --jobs dust')).toMatchObject({ code: 2 });
    expect(await cli('cleanup --whole-database')).toMatchObject({ code: 0 });
  });

  test('ends after a step when the signal aborts, and shows its progress by then', async () => {
    const { url, cli } = await onServer();
    const adapter = started.adapter(url, LONG_DEADLINE);
    await adapter.setMany(Array.from({ length: 20_000 }, (_, i) => ({ key: `shop:${i}`, value: i, ttl: '1h' })));
    const interruption = new AbortController();
    const onOutput = ({ stderr }: { stderr: string }): void => {
      if (/[1-9][\d,]* keys/.test(stderr)) interruption.abort();
    };
    const ended = await cli('cleanup --key-prefix shop:', { columns: 100, signal: interruption.signal, onOutput });
    expect(ended).toMatchObject({ code: 130, stdout: expect.stringContaining('The next run continues') });
    const { stdout } = await cli('cleanup --key-prefix shop: --json');
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'dry-run', resumed: true });
  });
});

describe('reseal', () => {
  const ENV = { REDIS_ENCRYPTION_KEYS: `new=${NEW.secret},old=${OLD.secret}` };

  async function sealed(url: string, count: number): Promise<void> {
    const adapter = started.adapter(url, { ...LONG_DEADLINE, codec: { encryption: { keys: [OLD] } } });
    await adapter.setMany(Array.from({ length: count }, (_, i) => ({ key: `card:${i}`, value: i, ttl: '1h' })));
  }

  test('seals values with the first key, so that the older key can be removed', async () => {
    const { url, cli } = await onServer();
    await sealed(url, 300);
    const { code, stdout } = await cli('reseal --prefix card: --json', { env: ENV });
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { scanned: 300, resealed: 300, complete: true }]);
    const rotated = started.adapter(url, { ...LONG_DEADLINE, codec: { encryption: { keys: [NEW] } } });
    expect(await rotated.getMany(['card:0', 'card:299'])).toEqual([0, 299]);
  });

  test('exits with 5 if values are not readable', async () => {
    const { url, cli } = await onServer();
    await sealed(url, 3);
    await started.adapter(url, LONG_DEADLINE).set('card:plain', 'x');
    const partial = await cli('reseal --prefix card:', { env: ENV });
    expect(partial).toMatchObject({
      code: 5,
      stdout: expect.stringContaining('1 not resealed: CODEC_PLAINTEXT_REJECTED'),
    });
    expect(await cli('reseal --prefix card: --seal-plain', { env: ENV })).toMatchObject({ code: 0 });
  });

  test('ends after a batch when the signal aborts, and can be started again', async () => {
    const { url, cli } = await onServer();
    await sealed(url, 5000);
    const interruption = new AbortController();
    const onOutput = ({ stderr }: { stderr: string }): void => {
      if (/[1-9]\d* resealed/.test(stderr)) interruption.abort();
    };
    const line = 'reseal --prefix card: --batch 1';
    const ended = await cli(line, { env: ENV, columns: 100, signal: interruption.signal, onOutput });
    expect(ended).toMatchObject({ code: 130, stdout: expect.stringContaining('Not all keys were examined') });
    expect(ended.stderr).toMatch(/\d+ % \| .* left \| [\d,]+\/s/);
    const { code, stdout } = await cli('reseal --prefix card: --json', { env: ENV });
    const { scanned, resealed } = JSON.parse(stdout) as { scanned: number; resealed: number };
    expect([code, scanned]).toEqual([0, 5000]);
    expect(resealed).toBeGreaterThan(0);
    expect(resealed).toBeLessThan(5000);
  });

  test('needs keys, and a prefix or the whole database', async () => {
    const { cli } = await onServer();
    expect(await cli('reseal --prefix card:')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('REDIS_ENCRYPTION_KEYS'),
    });
    expect(await cli('reseal', { env: ENV })).toMatchObject({ code: 2 });
    expect(await cli('reseal --whole-database', { env: ENV })).toMatchObject({ code: 0 });
    const bad = await cli('reseal --prefix card:', { env: { REDIS_ENCRYPTION_KEYS: 'secret-without-id' } });
    expect(bad).toMatchObject({ code: 2, stderr: expect.not.stringContaining('secret-without-id') });
  });
});
