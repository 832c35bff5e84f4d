import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { environment, isBuildOutdated, requireBuiltPackage } from './environment.mjs';
import { startRedisServer } from './redis-server.mjs';
import { printRows } from './report.mjs';

const BENCH = new URL('../', import.meta.url);
const SUFFIX = '.bench.mjs';

const say = (text) => process.stderr.write(`${text}\n`);

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
    if (subject === undefined) throw new Error('which subject?');
    if (more.length > 0) throw new Error(`one subject at a time, not also ${more.join(', ')}`);
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
    for (const [name, fact] of Object.entries(facts)) say(`${name.padEnd(7)} ${fact}`);
    if (isBuildOutdated())
      say('warning libs/redis/dist is older than its sources: `npm run build` measures what you see');
    const rows = await measure({ redis, quick, say });
    say(`\n${printRows(rows)}\n`);
    const red = rows.filter((row) => row.ok === false).length;
    say(`${rows.length} figures, ${red} below their bar, ${Math.round((performance.now() - started) / 1000)} s`);
    if (!json) return;
    const { node, commit } = facts;
    process.stdout.write(`${JSON.stringify({ subject, node, redis: redis?.version ?? null, commit, rows })}\n`);
  } finally {
    await redis?.stop();
  }
}

/** A red bar is a result, not a failure: the exit code is 1 only when there is nothing to report. */
export async function main(words) {
  try {
    await run(readArguments(words));
  } catch (error) {
    if (error.output) say(error.output.trimEnd());
    say(`bench: ${error.message}`);
    // Contestants may still be connected: exit, which ends them, instead of waiting for them.
    process.exit(1);
  }
}
