import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RedisServer } from 'nestjs-redis-infra/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';

const PROGRAM = fileURLToPath(new URL('../support/limiter-process.mjs', import.meta.url));
const PROCESSES = 4;
const SPAN_US = 1_200_000;
const TIMEOUT_MS = 60_000;

const GCRA = { name: 'gcra', limit: 200, window: '1s', burst: 50 } as const;
const SLIDING = { name: 'sliding', limit: 100, window: '300ms', algorithm: 'sliding-window' } as const;
const FIXED = { name: 'fixed', limit: 100, window: '300ms', algorithm: 'fixed-window' } as const;

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

interface Child {
  readonly process: ChildProcess;
  readonly lines: Interface;
}

function start(): Child {
  const child = spawn(process.execPath, [PROGRAM, server.url, JSON.stringify([GCRA, SLIDING, FIXED])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return { process: child, lines: createInterface(child.stdout) };
}

/** The server clock, in microseconds. */
async function serverUs(): Promise<number> {
  const [seconds, micros] = (await server.command('TIME')) as [string, string];
  return Number(seconds) * 1_000_000 + Number(micros);
}

interface Spent {
  /** Tokens spent by all processes, for each policy. */
  readonly totals: readonly number[];
  /** The span on the server clock. */
  readonly fromUs: number;
  readonly toUs: number;
}

async function spendTogether(): Promise<Spent> {
  const children = Array.from({ length: PROCESSES }, start);
  const send = (word: string): void => children.forEach((child) => child.process.stdin?.write(word));
  try {
    await Promise.all(children.map(({ lines }) => once(lines, 'line')));
    const fromUs = await serverUs();
    send('go\n');
    await eventually(async () => (await serverUs()) - fromUs > SPAN_US, 10_000);
    const reports = children.map(({ lines }) => once(lines, 'line'));
    send('stop\n');
    const counts = (await Promise.all(reports)).map(([line]) => JSON.parse(String(line)) as number[]);
    const totals = [GCRA, SLIDING, FIXED].map((_, i) => counts.reduce((sum, count) => sum + (count[i] as number), 0));
    return { totals, fromUs, toUs: await serverUs() };
  } finally {
    for (const child of children) child.process.kill('SIGKILL');
  }
}

test(
  'four processes on one key stay within the guarantee of each algorithm, and spend the refilled tokens',
  async () => {
    const { totals, fromUs, toUs } = await spendTogether();
    const [gcra = 0, sliding = 0, fixed = 0] = totals;
    const spanUs = toUs - fromUs;
    expect(gcra).toBeLessThanOrEqual(GCRA.burst + (GCRA.limit * spanUs) / 1_000_000);
    expect(sliding).toBeLessThanOrEqual(SLIDING.limit * Math.ceil(spanUs / 300_000));
    expect(fixed).toBeLessThanOrEqual(FIXED.limit * (Math.floor(toUs / 300_000) - Math.floor(fromUs / 300_000) + 1));
    expect(gcra).toBeGreaterThan(GCRA.burst);
    expect(sliding).toBeGreaterThan(SLIDING.limit);
    expect(fixed).toBeGreaterThan(FIXED.limit);
  },
  TIMEOUT_MS,
);
