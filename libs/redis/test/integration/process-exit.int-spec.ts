import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RedisCluster, RedisServer } from 'nestjs-redis-infra/testing';
import { describe, expect, test } from 'vitest';

const application = fileURLToPath(new URL('../support/idle-application.mjs', import.meta.url));

const endingProcess = fileURLToPath(new URL('../support/ending-process.mjs', import.meta.url));

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

/** How long a process that ends its connection, or fails to start, may live after that: it is given what a loaded machine takes. */
const EXIT_MS = 700;

/** Runs a scenario of the process; its last line is how many ms it lived after the end. `when` is called once it says it is ready. */
async function end(
  scenario: string,
  url: string[] = [],
  when = (): void => {},
): Promise<Run & { readonly ms: number }> {
  const child = spawn(process.execPath, [endingProcess, scenario, ...url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 15_000);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (!chunk.toString().includes('ready')) return;
    when();
    child.stdin.end('go\n');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(giveUp);
  const lines = output.trim().split('\n');
  return { lines: lines.slice(0, -1), code, ms: Number(lines.at(-1)) };
}

describe('a process that disconnects', () => {
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
  ])('while it connects ends at once, also where the %s', async (scenario) => {
    const { code, ms } = await end(scenario);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(EXIT_MS);
  });
});

test('a process that disconnects from a server that went silent, with a lease and calls in flight, ends at once', () =>
  withServer(async ({ url }) => {
    const { code, ms } = await end('server goes silent', [url]);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(EXIT_MS);
  }));

test('a process that disconnects from a Cluster whose nodes are frozen ends at once', async () => {
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

describe('an application that starts with failFast and fails', () => {
  test.each(['main', 'context', 'test module'])('closes its connections before it rejects (%s)', async (start) => {
    const { lines, code, ms } = await end(`failFast: ${start}`);
    expect({ lines, code }).toEqual({ lines: ['CONNECTION_FAILED'], code: 0 });
    expect(ms).toBeLessThan(EXIT_MS);
  });

  test('closes the connections of its other instances too', () =>
    withServer(async ({ url }) => {
      const { lines, code, ms } = await end('failFast: context', [url]);
      expect({ lines, code }).toEqual({ lines: ['CONNECTION_FAILED'], code: 0 });
      expect(ms).toBeLessThan(EXIT_MS);
    }));
});
