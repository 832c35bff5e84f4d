// How long the import of the package takes after Nest is loaded, compared with libraries for a cache in Redis; and how
// long the command line takes to print its version.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { own } from './harness/owned-processes.mjs';
import { atMost, row } from './harness/report.mjs';
import { interleave, medianOf, ratioOf } from './harness/rounds.mjs';
import { CONTESTANTS } from './import/contestants.mjs';

/** No contestant connects. */
export const needsRedis = false;

const PROCESS = fileURLToPath(new URL('import/import-process.mjs', import.meta.url));
const MAX_MS = 100;
const run = promisify(execFile);

/**
 * One process, because Node.js loads a module once. The first process of each contestant fills the cache of the file
 * system.
 */
async function importOnce(index) {
  const running = run(process.execPath, [PROCESS, String(index)]);
  own(running.child);
  const { stdout } = await running;
  return JSON.parse(stdout);
}

const CLI = fileURLToPath(new URL('../libs/redis/dist/esm/cli.js', import.meta.url));
const MAX_CLI_MS = 150;
/** What the command line is started with; undefined: Node.js alone. */
const STARTS = ['--version', '--help', undefined];

/** The time of a whole process, with the start of Node.js. */
async function startOnce(argument) {
  const startedAt = performance.now();
  const running = run(process.execPath, argument === undefined ? ['-e', '0'] : [CLI, argument]);
  own(running.child);
  await running;
  return { clockMs: performance.now() - startedAt };
}

async function startRows(schedule) {
  const [version, help, node] = await interleave(STARTS, schedule, startOnce);
  const name = (argument) => `nestjs-redis-infra ${argument}, whole process`;
  return [
    row({ name: name('--version'), value: medianOf(version, 'clockMs'), unit: 'ms', bar: atMost(MAX_CLI_MS) }),
    row({ name: name('--help'), value: medianOf(help, 'clockMs'), unit: 'ms', bar: atMost(MAX_CLI_MS) }),
    row({ name: 'Node.js alone, whole process', value: medianOf(node, 'clockMs'), unit: 'ms' }),
  ];
}

/** The median of processes that run alternately. */
export async function measure({ quick, log }) {
  const schedule = { rounds: quick ? 7 : 21, sliceMs: 0, warmUpMs: 0 };
  log(`measuring ${schedule.rounds} imports of each contestant`);
  const [ours, ...others] = await interleave([...CONTESTANTS.keys()], schedule, importOnce);
  const [{ label }, ...peers] = CONTESTANTS;
  const name = (each) => `import ${each} after Nest`;
  return [
    ...peers.map((peer, at) => row({ name: name(peer.label), value: medianOf(others[at], 'cpuMs'), unit: 'ms' })),
    row({ name: `${name(label)}, by the clock`, value: medianOf(ours, 'clockMs'), unit: 'ms' }),
    ...peers.map((peer, at) =>
      row({ name: name(label), value: ratioOf(ours, others[at], 'cpuMs'), unit: 'x', peer: peer.label }),
    ),
    row({ name: name(label), value: medianOf(ours, 'cpuMs'), unit: 'ms', bar: atMost(MAX_MS) }),
    ...(await startRows(schedule)),
  ];
}
