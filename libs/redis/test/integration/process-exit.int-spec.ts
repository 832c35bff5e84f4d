import { RedisCluster, RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';
import { runProgram, type ProgramRun } from '../support/child-program.js';

/** Runs an application with the module. Calls `when` once it prints `ready`. */
function run(url: string, stop: 'close' | 'nothing', when?: () => void): Promise<ProgramRun> {
  return runProgram('idle-application', [url, stop], when);
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
  test('closes within a second and exits when Redis is up', () =>
    withServer(async ({ url }) => {
      expect(await run(url, 'close')).toEqual({ lines: ['ready up', 'closed in time'], code: 0 });
    }));

  test('closes within a second and exits when Redis is down', () =>
    withServer(async (server) => {
      await server.kill();
      expect(await run(server.url, 'close')).toEqual({ lines: ['ready down', 'closed in time'], code: 0 });
    }));

  test('closes within a second and exits when Redis is frozen', () =>
    withServer(async (server) => {
      expect(await run(server.url, 'close', () => server.freeze())).toEqual({
        lines: ['ready up', 'closed in time'],
        code: 0,
      });
    }));

  test.each(['up', 'frozen'])('closes within a second and exits when its Cluster is %s', async (how) => {
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

  test('exits without close() on the embedded store', async () => {
    expect(await run('memory://', 'nothing')).toEqual({ lines: ['ready up'], code: 0 });
  });
});

/** How long a process may live after it disconnected or failed to start, with a margin for a loaded machine. */
const EXIT_MS = 700;

/** Runs a scenario. `ms` is how long the process lived after its end. Calls `when` once it prints `ready`. */
async function end(
  scenario: string,
  url: readonly string[] = [],
  when?: () => void,
): Promise<ProgramRun & { readonly ms: number }> {
  const { lines, code } = await runProgram('ending-process', [scenario, ...url], when);
  return { lines: lines.slice(0, -1), code, ms: Number(lines.at(-1)) };
}

describe('a process that disconnects while it connects exits immediately', () => {
  test.each([
    'password hangs',
    'password of a cluster hangs',
    'password behind Sentinels hangs',
    'server is silent',
    'server is silent over TLS',
    'nodes are silent',
    'Sentinels are silent',
    'Sentinels are silent over TLS',
    'nothing listens',
    'no node listens',
    'no Sentinel listens',
  ])('when: %s', async (scenario) => {
    const { code, ms } = await end(scenario);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(EXIT_MS);
  });
});

test('a process that disconnects from a silent server, with a lease and calls in flight, exits immediately', () =>
  withServer(async ({ url }) => {
    const { code, ms } = await end('server goes silent', [url]);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(EXIT_MS);
  }));

test('a process that disconnects from a Cluster with frozen nodes exits immediately', async () => {
  const cluster = await RedisCluster.start({ replicasPerMaster: 0 });
  try {
    const { code, ms } = await end('servers are frozen', [cluster.url], () =>
      cluster.nodes.forEach((node) => node.freeze()),
    );
    expect(code).toBe(0);
    expect(ms).toBeLessThan(EXIT_MS);
  } finally {
    for (const node of cluster.nodes) node.thaw();
    await cluster.stop();
  }
});

describe('an application that fails to start with failFast', () => {
  test.each(['main', 'context', 'test module'])('closes its connections and exits (%s)', async (start) => {
    const { lines, code, ms } = await end(`failFast: ${start}`);
    expect({ lines, code }).toEqual({ lines: ['CONNECTION_FAILED'], code: 0 });
    expect(ms).toBeLessThan(EXIT_MS);
  });

  test('closes the connections of its other instances and exits', () =>
    withServer(async ({ url }) => {
      const { lines, code, ms } = await end('failFast: context', [url]);
      expect({ lines, code }).toEqual({ lines: ['CONNECTION_FAILED'], code: 0 });
      expect(ms).toBeLessThan(EXIT_MS);
    }));
});
