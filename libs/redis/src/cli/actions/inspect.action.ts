import { inspect as formatValue } from 'node:util';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { EntryReport } from '../../service/cache/operations/entry-report.js';
import type { CliIo } from '../cli-io.js';
import type { InspectOptions } from '../commands/inspect.command.js';
import { withCache } from '../connection/with-cache.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { formatBytes, formatMs } from '../terminal/figures.js';
import { styleOf } from '../terminal/style.js';
import { indentText, widthOf } from '../terminal/wrap.js';

/** Prints what a read of the key would find. */
export function inspect(key: string, options: InspectOptions, io: CliIo): Promise<ExitCode> {
  return withCache(io, options, async (cache, { isConnected }) => {
    const report = await cache.inspect(key);
    // A report does not reject: it describes that the store is unavailable.
    if (report.state === 'absent' && !isConnected()) throw new RedisInfraError('CONNECTION_FAILED', report.why);
    const value = options.showValue === true ? await cache.get<unknown>(key) : undefined;
    io.stdout.write(
      options.json === true ? `${JSON.stringify({ ...report, value })}\n` : describe(report, value, options, io),
    );
    return EXIT.ok;
  });
}

function describe(report: EntryReport, value: unknown, { showValue }: InspectOptions, io: CliIo): string {
  const { bold, dim } = styleOf(io, io.stdout);
  const width = widthOf(io.stdout);
  const rows: [string, string | undefined][] = [
    ['key', report.key],
    ['state', report.state],
    ['place', report.tier],
    ['age', report.ageMs === undefined ? undefined : formatMs(report.ageMs)],
    ['fresh for', report.ttlMs === null ? 'ever' : report.ttlMs === undefined ? undefined : formatMs(report.ttlMs)],
    ['size', report.bytes === undefined ? undefined : formatBytes(report.bytes)],
    ['codec', report.codec],
    ['tags', report.tags.length === 0 ? undefined : report.tags.join(' ')],
  ];
  const lines = rows.flatMap(([name, text]) => (text === undefined ? [] : [`${dim(name.padEnd(10))} ${bold(text)}`]));
  const shown =
    showValue === true ? [dim('value'), indentText(formatValue(value, { depth: 10, compact: 3 }), 2, width)] : [];
  return [...lines, ...shown, '', indentText(report.why, 0, width), ''].join('\n');
}
