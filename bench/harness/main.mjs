import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { environment, isBuildOutdated, requireBuiltPackage } from './environment.mjs';
import { startRedisServer } from './redis-server.mjs';
import { printRows } from './report.mjs';

const BENCH = new URL('../', import.meta.url);
const SUFFIX = '.bench.mjs';

const log = (text) => process.stderr.write(`${text}\n`);

function subjects() {
  return readdirSync(BENCH)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
}

function usage(problem) {
  return new Error(
    `${problem}\nusage: npm run bench -- <subject> [--quick] [--json]\nsubjects: ${subjects().join(', ')}`,
  );
}

function readArguments(words) {
  try {
    const options = { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } };
    const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
    const [subject, ...more] = positionals;
    if (subject === undefined) throw new Error('a subject is required');
    if (more.length > 0) throw new Error(`only one subject per run; remove ${more.join(', ')}`);
    if (!subjects().includes(subject)) throw new Error(`unknown subject ${subject}`);
    return { subject, ...values };
  } catch (error) {
    throw usage(error.message);
  }
}

async function run({ subject, quick, json }) {
  requireBuiltPackage();
  const started = performance.now();
  const { measure, needsRedis = true } = await import(new URL(`${subject}${SUFFIX}`, BENCH));
  const redis = needsRedis ? await startRedisServer() : undefined;
  try {
    const facts = environment(redis?.version ?? 'not needed');
    for (const [name, fact] of Object.entries(facts)) log(`${name.padEnd(7)} ${fact}`);
    if (isBuildOutdated())
      log('warning libs/redis/dist is older than its sources: run `npm run build` to measure the current sources');
    const rows = await measure({ redis, quick, log });
    log(`\n${printRows(rows)}\n`);
    const red = rows.filter((row) => row.ok === false).length;
    log(`${rows.length} figures, ${red} miss their bar, ${Math.round((performance.now() - started) / 1000)} s`);
    if (!json) return;
    const { node, commit } = facts;
    process.stdout.write(`${JSON.stringify({ subject, node, redis: redis?.version ?? null, commit, rows })}\n`);
  } finally {
    await redis?.stop();
  }
}

/** A missed bar is a result, not a failure: the exit code is 1 only if there are no results. */
export async function main(words) {
  try {
    await run(readArguments(words));
  } catch (error) {
    if (error.output) log(error.output.trimEnd());
    log(`bench: ${error.message}`);
    // Contestants may still be connected: exit, which ends them, instead of waiting.
    process.exit(1);
  }
}
