import type { RedisAdapter } from '../../adapters/redis.adapter.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { optionInvalid } from '../../common/options.js';
import type { CliIo } from '../cli-io.js';
import type { DoctorOptions } from '../commands/doctor.command.js';
import { serverNodes } from '../connection/server-nodes.js';
import { connectWithin, createAdapter } from '../connection/with-adapter.js';
import { diagnose } from '../doctor/diagnose.js';
import { CHECKS, needsAttention, type Finding } from '../doctor/finding.js';
import { formatFindings } from '../doctor/finding-lines.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** Examines the Redis of the environment. */
export async function doctor(options: DoctorOptions, io: CliIo): Promise<ExitCode> {
  const { ignore = [], json } = options;
  const unknown = ignore.find((name) => !CHECKS.some((check) => check === name));
  if (unknown !== undefined) throw optionInvalid('--ignore', `must list some of ${CHECKS.join(', ')}`);
  const adapter = createAdapter(io, options);
  try {
    const findings = (await findingsOf(adapter, options, io)).filter(({ check }) => !ignore.includes(check));
    const attention = findings.filter(needsAttention).length;
    if (json === true) io.stdout.write(`${JSON.stringify({ mode: adapter.mode, findings })}\n`);
    else io.stdout.write(`${formatFindings(findings, io)}\n${summary(findings.length, attention)}\n`);
    return attention === 0 ? EXIT.ok : EXIT.findings;
  } finally {
    await adapter.disconnect();
  }
}

async function findingsOf(adapter: RedisAdapter, options: DoctorOptions, io: CliIo): Promise<Finding[]> {
  const { keyPrefix, sample, timeout } = options;
  const findings: Finding[] = [];
  try {
    await connectWithin(adapter, timeout, io.signal);
  } catch (error) {
    // A server that answers and does not serve calls is examined: that is what a doctor is for.
    if (!(error instanceof RedisInfraError) || !isConnected(adapter)) throw error;
    findings.push({
      check: 'connection',
      severity: 'error',
      message: `Calls are not served: ${error.message} (${error.code}).`,
    });
  }
  for (const [at, node] of serverNodes(adapter).entries())
    findings.push(...(await diagnose({ node, adapter, keyPrefix, sample, timeout, io }, at === 0)));
  return findings;
}

function isConnected(adapter: RedisAdapter): boolean {
  try {
    return adapter.client.status === 'ready';
  } catch {
    return false;
  }
}

function summary(all: number, attention: number): string {
  return attention === 0
    ? `${all} checks, nothing to do.`
    : `${all} checks, ${attention} need${attention === 1 ? 's' : ''} attention.`;
}
