import type { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { ByteSize } from '../../common/byte-size.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CleanupOptions } from '../../service/cleanup/cleanup-options.js';
import type { CleanupReport } from '../../service/cleanup/cleanup-report.js';
import { CleanupService } from '../../service/cleanup/cleanup.service.js';
import type { CliIo } from '../cli-io.js';
import type { CleanupCommandOptions } from '../commands/cleanup.command.js';
import { withCountedScans } from '../connection/counted-scans.js';
import { KeyEstimate } from '../connection/key-estimate.js';
import { serverNodes } from '../connection/server-nodes.js';
import { withAdapter } from '../connection/with-adapter.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { failureOf } from '../failure.js';
import { formatBytes, formatCount, formatMs } from '../terminal/figures.js';
import { openProgress } from '../terminal/progress.js';
import { indentText, widthOf } from '../terminal/wrap.js';

/** Runs a cleanup. The signal ends it after a step; the next run continues. */
export function cleanup(options: CleanupCommandOptions, io: CliIo): Promise<ExitCode> {
  return withAdapter(io, options, async (adapter) => {
    const report = await runWithProgress(adapter, options, io);
    if (report.outcome === 'error' && report.scanned === 0)
      throw new RedisInfraError(report.code ?? 'COMMAND_FAILED', 'the cleanup failed before it had looked at a key');
    io.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : describe(report, options, io));
    return exitCodeOf(report, io);
  });
}

async function runWithProgress(
  adapter: RedisAdapter,
  options: CleanupCommandOptions,
  io: CliIo,
): Promise<CleanupReport> {
  const { keyPrefix, timeout } = options;
  const estimate = new KeyEstimate(serverNodes(adapter), keyPrefix, { timeout, signal: io.signal });
  const progress = await openProgress(io, { label: 'keys', total: await estimate.next() });
  let scanned = 0;
  const store = withCountedScans(adapter, (keys) => {
    scanned += keys;
    progress.update(scanned, '');
  });
  try {
    const service = new CleanupService(store, serviceOptions(options));
    const stop = (): void => void service.stop();
    io.signal.addEventListener('abort', stop, { once: true });
    return await service.run().finally(() => io.signal.removeEventListener('abort', stop));
  } finally {
    progress.stop();
  }
}

function serviceOptions(options: CleanupCommandOptions): Partial<CleanupOptions> {
  const { apply, jobs, withoutTtl, expireIn, bigKey, maxKeys, maxDuration, wholeDatabase } = options;
  return {
    dryRun: apply !== true,
    jobs,
    noTtl: withoutTtl,
    noTtlExpiry: expireIn,
    // The service checks it.
    bigKey: bigKey as ByteSize | undefined,
    maxKeys,
    maxDuration,
    wholeDatabase,
  };
}

const REASONS: Readonly<Record<string, string>> = {
  'no-ttl': 'never expire',
  flush: 'are older than a flush',
  tag: 'have a tag that was invalidated',
  expired: 'have expired',
  lease: 'are leases that never expire',
  lock: 'are locks that never expire',
  progress: 'are progress of a cleanup that never expires',
  limit: 'are counts of rate limits that never expire',
  'big-key': 'are big',
};

const ENDINGS: Readonly<Record<CleanupReport['outcome'], string>> = {
  ok: '',
  'dry-run': 'Nothing was changed. To remove what can be removed, pass --apply.',
  partial: 'Not all keys were looked at. The next run continues.',
  error: 'The run ended early because Redis rejected a command. The next run continues.',
  'skipped-lock': 'Another process is cleaning: try again later.',
};

function describe(report: CleanupReport, { apply }: CleanupCommandOptions, io: CliIo): string {
  const { scanned, found, removed, expiring, bigKeys, bytes, durationMs, resumed, outcome } = report;
  const verb = apply === true ? 'were removed' : 'would be removed';
  const lines = [
    `${formatCount(scanned)} keys in ${formatMs(durationMs)}${resumed ? ', continued from an earlier run' : ''}.`,
    ...Object.entries(found).map(([reason, count]) => {
      const done = removed[reason] ?? 0;
      return `  ${formatCount(count)} ${REASONS[reason] ?? reason}${done > 0 ? `, ${formatCount(done)} removed` : ''}`;
    }),
    ...(expiring > 0 ? [`  ${formatCount(expiring)} got a ttl`] : []),
    ...bigKeys.map(({ key, bytes: size }) => `    ${formatBytes(size)}  ${key}`),
    ...(bytes > 0 ? [`${formatBytes(bytes)} ${verb}.`] : []),
    ...(ENDINGS[outcome] === '' ? [] : [ENDINGS[outcome]]),
  ];
  const width = widthOf(io.stdout);
  return lines.map((line) => `${line.startsWith(' ') ? line : indentText(line, 0, width)}\n`).join('');
}

function exitCodeOf({ outcome, code }: CleanupReport, io: CliIo): ExitCode {
  if (io.signal.aborted) return EXIT.interrupted;
  if (outcome === 'ok' || outcome === 'dry-run') return EXIT.ok;
  if (outcome === 'skipped-lock') return EXIT.error;
  if (code !== undefined) io.stderr.write(`error: ${failureOf(new RedisInfraError(code, code)).message}\n`);
  return EXIT.partial;
}
