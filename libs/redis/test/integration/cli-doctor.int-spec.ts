import { RedisCluster, RedisSentinels } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { runCli, type CliSurroundings } from '../support/cli.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();

interface Diagnosis {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** The worst severity of each check that is not `ok`. */
  readonly faults: Readonly<Record<string, string>>;
}

async function diagnose(url: string, args: readonly string[] = [], more: CliSurroundings = {}): Promise<Diagnosis> {
  const env = { REDIS_URL: url };
  const { code, stdout, stderr } = await runCli(['doctor', '--json', ...args], { env, ...more });
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  const rank = ['note', 'warning', 'error'];
  const faults = findings
    .filter(({ severity }) => severity !== 'ok')
    .sort((a, b) => rank.indexOf(a.severity) - rank.indexOf(b.severity))
    .map(({ check, severity }) => [check, severity]);
  return { code, findings, faults: Object.fromEntries(faults) };
}

function findingOf({ findings }: Diagnosis, check: string): Finding | undefined {
  return findings.find((finding) => finding.check === check && finding.severity !== 'ok');
}

describe('doctor on a healthy server', () => {
  test('exits with 0 and reports each check as ok', async () => {
    const server = await started.server({
      config: { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru', appendonly: 'yes' },
    });
    const { code, faults, findings } = await diagnose(server.url);
    expect({ code, faults }).toEqual({ code: 0, faults: {} });
    expect(new Set(findings.map(({ check }) => check)).size).toBe(11);
  });

  test('leaves no key behind', async () => {
    const server = await started.server();
    await diagnose(server.url, ['--key-prefix', 'shop:']);
    expect(await server.query('DBSIZE')).toBe(0);
  });
});

describe('doctor reports a fault and its remedy', () => {
  test('of a full server that refuses writes', async () => {
    const server = await started.server({ config: { maxmemory: '100mb', 'maxmemory-policy': 'noeviction' } });
    const diagnosis = await diagnose(server.url);
    expect(diagnosis).toMatchObject({ code: 3, faults: { eviction: 'warning' } });
    expect(findingOf(diagnosis, 'eviction')?.remedy).toContain('maxmemory-policy allkeys-lru');
  });

  test('of a server whose memory is nearly used', async () => {
    const server = await started.server({ config: { 'maxmemory-policy': 'allkeys-lru' } });
    const used = Number(/^used_memory:(\d+)/m.exec(String(await server.query('INFO', 'memory')))?.[1]);
    await server.command('CONFIG', 'SET', 'maxmemory', String(Math.round(used * 1.05)));
    expect(await diagnose(server.url)).toMatchObject({ code: 3, faults: { memory: 'warning' } });
  });

  test('of a server without maxmemory and without persistence as notes, which do not fail', async () => {
    const server = await started.server();
    const faults = { memory: 'note', persistence: 'note' };
    expect(await diagnose(server.url)).toMatchObject({ code: 0, faults });
  });

  test('of a master without persistence that has a replica', async () => {
    const master = await started.server();
    await started.server({ replicaOf: master });
    expect(await diagnose(master.url)).toMatchObject({ code: 3, faults: { persistence: 'warning' } });
  });

  test('of a replica, which refuses writes', async () => {
    const master = await started.server();
    const replica = await started.server({ replicaOf: master });
    const diagnosis = await diagnose(replica.url);
    expect(diagnosis).toMatchObject({ code: 3, faults: { role: 'error' } });
    expect(findingOf(diagnosis, 'role')?.remedy).toContain('REDIS_URL');
  });

  test('of keys without a ttl below the prefix only', async () => {
    const server = await started.server();
    await server.command('SET', 'other:1', 'x');
    expect(await diagnose(server.url, ['--key-prefix', 'shop:'])).toMatchObject({ code: 0 });
    await server.command('SET', 'shop:1', 'x');
    await server.command('SET', 'shop:2', 'x', 'EX', '100');
    const diagnosis = await diagnose(server.url, ['--key-prefix', 'shop:']);
    expect(diagnosis).toMatchObject({ code: 3, faults: { expiry: 'warning' } });
    expect(findingOf(diagnosis, 'expiry')?.message).toContain('1 of all 2 keys of shop:*');
  });

  test('of a clock that differs', async () => {
    const server = await started.server();
    const clock = { ...systemClock, wallMs: () => systemClock.wallMs() - 90_000 };
    const diagnosis = await diagnose(server.url, [], { clock });
    expect(diagnosis).toMatchObject({ code: 3, faults: { clock: 'warning' } });
    expect(findingOf(diagnosis, 'clock')?.message).toContain('ahead of this machine');
  });

  test('of a slow network', async () => {
    const server = await started.server();
    const proxy = await started.proxy(server);
    proxy.delay(15);
    expect(await diagnose(`redis://127.0.0.1:${proxy.port}`)).toMatchObject({
      code: 3,
      faults: { latency: 'warning' },
    });
  });
});

describe('doctor with a user who may not call every command', () => {
  const USER =
    '~shop:* resetchannels -@all +info +select +client|setname +client|info +client|id +role +acl|whoami +ping +get +getrange +mget +set +unlink +exists +hset +hget +hgetall +hdel +pexpire +pttl +time +del';
  const withRules = (rules: string): Promise<{ url: string }> =>
    started.server({ users: { shop: { password: 'pw', rules: `${USER} ${rules}` } } });

  test('reports each permission that is missing, and no check crashes', async () => {
    const { url } = await withRules('+incrby +scan +client|tracking');
    const diagnosis = await diagnose(url, ['--key-prefix', 'shop:']);
    expect(diagnosis).toMatchObject({ code: 3, faults: { scripts: 'error', persistence: 'note' } });
    expect(findingOf(diagnosis, 'scripts')?.message).toContain('EVAL, EVALSHA');
    expect(findingOf(diagnosis, 'scripts')?.remedy).toContain('+eval +evalsha');
  });

  test('reports that near copies cannot follow changes', async () => {
    const { url } = await withRules('+incrby +scan +eval +evalsha');
    expect(await diagnose(url, ['--key-prefix', 'shop:'])).toMatchObject({ code: 3, faults: { tracking: 'warning' } });
  });

  test('reports a key pattern that does not include the prefix', async () => {
    const { url } = await withRules('+incrby +scan +eval +evalsha +client|tracking');
    const diagnosis = await diagnose(url, ['--key-prefix', 'other:']);
    expect(diagnosis).toMatchObject({ code: 3, faults: { permissions: 'error' } });
    expect(diagnosis.findings.map(({ remedy }) => remedy)).toContain(
      'Run as an administrator: ACL SETUSER shop ~other:*',
    );
  });

  test('is content with the documented rules', async () => {
    const { url } = await withRules('+incrby +scan +eval +evalsha +client|tracking +type');
    expect(await diagnose(url, ['--key-prefix', 'shop:'])).toMatchObject({ code: 0 });
  });

  test('leaves out the checks of --ignore', async () => {
    const { url } = await withRules('+incrby +scan +eval +evalsha');
    expect(await diagnose(url, ['--key-prefix', 'shop:', '--ignore', 'tracking'])).toMatchObject({ code: 0 });
  });
});

describe('doctor on several servers', () => {
  test('examines each master of a Cluster, and the permissions once', async () => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
    started.undo(() => cluster.stop());
    const diagnosis = await diagnose(cluster.url);
    const versions = diagnosis.findings.filter(({ check }) => check === 'version');
    const names = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`);
    expect(new Set(versions.map(({ node }) => node))).toEqual(new Set(names));
    expect(diagnosis.findings.filter(({ check }) => check === 'scripts')).toHaveLength(1);
    expect(findingOf(diagnosis, 'role')?.message).toContain('no replica');
  });

  test('follows the Sentinels to the master', async () => {
    const sentinels = await RedisSentinels.start();
    started.undo(() => sentinels.stop());
    const { findings } = await diagnose(sentinels.url);
    expect(findings).toContainEqual({ check: 'role', severity: 'ok', message: expect.stringContaining('(sentinel)') });
  });
});
