import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { PACKAGE, requireCurrentBuild } from '../../../../test/built.package.js';
import { runCli, spawnCli } from '../support/cli.js';
import { resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const PASSWORD = 'a-password-of-a-test';

beforeAll(requireCurrentBuild);

describe('the built program', () => {
  test('examines a server in a process of its own, and shows no secret', async () => {
    const server = await started.server({ requirepass: PASSWORD });
    for (const format of [[], ['--json']]) {
      const { code, stdout, stderr } = await spawnCli(['doctor', ...format], { REDIS_URL: server.url });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('version');
      expect(stdout).not.toContain(PASSWORD);
    }
  });

  test('exits with 4 when Redis cannot be reached, and when it refuses the password', async () => {
    const unreachable = await spawnCli(['inspect', 'a', '--json'], { REDIS_URL: 'redis://127.0.0.1:1' });
    expect(unreachable).toMatchObject({ code: 4, stdout: '' });
    expect(JSON.parse(unreachable.stderr)).toMatchObject({ error: { code: 'CONNECTION_FAILED' } });
    const server = await started.server({ requirepass: PASSWORD });
    const url = server.url.replace(PASSWORD, 'another-password');
    const refused = await spawnCli(['stats'], { REDIS_URL: url });
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).not.toContain('another-password');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends on %s with 130', async (signal) => {
    const server = await started.server();
    const { code, stdout, stderr } = await spawnCli(
      ['stats', '--watch', '--json'],
      { REDIS_URL: server.url },
      (child) => {
        child.stdout.once('data', () => child.kill(signal));
      },
    );
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ clients: 1 });
  });

  test('ends quietly when its output has no reader any more', async () => {
    const server = await started.server();
    const { code, stderr } = await spawnCli(['stats', '--watch', '100ms'], { REDIS_URL: server.url }, (child) => {
      child.stdout.once('data', () => child.stdout.destroy());
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('loads no more than the definitions of its commands before it knows the command', () => {
    const packages = [...staticImports(join(PACKAGE, 'dist', 'esm', 'cli.js'))].filter(
      (name) => !name.startsWith('node:'),
    );
    expect(packages.sort()).toEqual(['commander', 'ms']);
  });
});

/** The packages that a built file imports before it runs, directly or through other built files. */
function staticImports(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^import (?:[^"]* from )?"([^"]+)"/gm)) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (name.startsWith('./')) staticImports(join(dirname(file), name), seen);
  }
  return new Set([...seen].filter((name) => !name.startsWith('./')));
}

describe('the arguments of the program', () => {
  test.each([
    ['a URL with a password', ['doctor', 'redis://:pw-in-argument@host:6379']],
    ['a URL with a user', ['inspect', 'key', '--key-prefix=rediss://pw-in-argument@host']],
    ['an option with a secret', ['doctor', '--password=pw-in-argument']],
  ])('are refused without being repeated: %s', async (_, args) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toContain('pw-in-argument');
    expect(stderr).toMatch(/REDIS_URL|unknown option/);
  });

  test.each([
    ['an unknown command', ['nonsense'], 'unknown command'],
    ['a missing argument', ['inspect'], "missing required argument 'key'"],
    ['a wrong number', ['doctor', '--sample', '1.5'], 'whole number'],
    ['a wrong duration', ['stats', '--timeout', 'soon'], 'duration'],
    ['an unknown check', ['doctor', '--ignore', 'weather'], '--ignore'],
    ['no Redis', ['doctor'], 'REDIS_URL'],
  ])('with %s exit with 2 and an explanation', async (_, args, message) => {
    const env = args.includes('weather') ? { REDIS_URL: 'redis://127.0.0.1:1' } : {};
    const { code, stdout, stderr } = await runCli(args, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('are explained in at most 40 columns on a narrow terminal', async () => {
    for (const command of [[], ['doctor'], ['invalidate', 'prefix']]) {
      const { stdout } = await runCli([...command, '--help'], { columns: 40 });
      const [usage, ...lines] = stdout.split('\n');
      expect(usage).toContain('Usage:');
      expect(lines.filter((line) => line.length > 40)).toEqual([]);
    }
  });
});

describe('colours', () => {
  const ESCAPE = '\u001B[';

  test('are used on a terminal only, and not with NO_COLOR', async () => {
    const server = await started.server();
    const env = { REDIS_URL: server.url };
    expect((await runCli(['doctor'], { env, columns: 80 })).stdout).toContain(ESCAPE);
    expect((await runCli(['doctor'], { env: { ...env, NO_COLOR: '1' }, columns: 80 })).stdout).not.toContain(ESCAPE);
    expect((await runCli(['doctor'], { env })).stdout).not.toContain(ESCAPE);
  });

  test('do not make the lines of findings wider than the terminal', async () => {
    const server = await started.server();
    const { stdout } = await runCli(['doctor'], { env: { REDIS_URL: server.url, NO_COLOR: '1' }, columns: 40 });
    expect(stdout.split('\n').filter((line) => line.length > 40)).toEqual([]);
  });
});
