import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RedisCluster, RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';

const application = fileURLToPath(new URL('../support/idle-application.mjs', import.meta.url));

interface Run {
  /** What the application printed, as lines. */
  readonly lines: string[];
  readonly code: number | null;
}

/** Runs the application in a process of its own; `when` is called once it says it is ready. */
async function run(url: string, stop: 'close' | 'nothing', when: () => void = () => {}): Promise<Run> {
  const child = spawn(process.execPath, [application, url, stop], { stdio: ['pipe', 'pipe', 'inherit'] });
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 15_000);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (!chunk.toString().includes('ready')) return;
    when();
    child.stdin.end('go\n');
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(giveUp);
  return { lines: output.trim().split('\n'), code };
}

async function withServer(use: (server: RedisServer) => Promise<void>): Promise<void> {
  const server = await RedisServer.start();
  try {
    await use(server);
  } finally {
    server.thaw();
    await server.stop();
  }
}

describe('an application with the module', () => {
  test('closes within a second with Redis up, and nothing keeps its process alive', () =>
    withServer(async ({ url }) => {
      expect(await run(url, 'close')).toEqual({ lines: ['ready up', 'closed in time'], code: 0 });
    }));

  test('closes within a second with Redis down', () =>
    withServer(async (server) => {
      await server.kill();
      expect(await run(server.url, 'close')).toEqual({ lines: ['ready down', 'closed in time'], code: 0 });
    }));

  test('closes within a second with Redis frozen', () =>
    withServer(async (server) => {
      expect(await run(server.url, 'close', () => server.freeze())).toEqual({
        lines: ['ready up', 'closed in time'],
        code: 0,
      });
    }));

  test.each(['up', 'frozen'])('closes within a second with a Cluster %s', async (how) => {
    const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
    const freeze = (): void => cluster.nodes.forEach((node) => node.freeze());
    try {
      const lines = ['ready up', 'closed in time'];
      expect(await run(cluster.url, 'close', how === 'frozen' ? freeze : undefined)).toEqual({ lines, code: 0 });
    } finally {
      for (const node of cluster.nodes) node.thaw();
      await cluster.stop();
    }
  });

  test('on the embedded store needs no closing: an idle one ends by itself', async () => {
    expect(await run('memory://', 'nothing')).toEqual({ lines: ['ready up'], code: 0 });
  });
});
