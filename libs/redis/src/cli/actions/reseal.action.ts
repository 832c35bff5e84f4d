import type { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { ResealProgress } from '../../adapters/redis/values/reseal-options.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { CliIo } from '../cli-io.js';
import type { ResealCommandOptions } from '../commands/reseal.command.js';
import { FOREVER, KEYS_VARIABLE, sealingOptions } from '../connection/encryption-keys.js';
import { KeyEstimate } from '../connection/key-estimate.js';
import { serverNodes } from '../connection/server-nodes.js';
import { withAdapter } from '../connection/with-adapter.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { failureOf } from '../failure.js';
import { formatCount } from '../terminal/figures.js';
import { openProgress } from '../terminal/progress.js';
import { indentText, widthOf } from '../terminal/wrap.js';
import { UsageError } from '../usage.error.js';

const NOTHING: ResealProgress = { scanned: 0, resealed: 0, changed: 0, failed: {} };

/** Seals values again with the first key of the environment. The signal ends it after a batch. */
export function reseal(options: ResealCommandOptions, io: CliIo): Promise<ExitCode> {
  const { keyPrefix, timeout, prefix = '' } = options;
  return withAdapter(io, { keyPrefix, timeout, codec: codecOf(options, io) }, async (adapter) => {
    const estimate = new KeyEstimate(serverNodes(adapter), keyPrefix + prefix, { timeout, signal: io.signal });
    const progress = await openProgress(io, { label: 'keys', total: await estimate.next() });
    const run = { last: NOTHING, failure: undefined as unknown };
    try {
      for await (const step of steps(adapter, options)) {
        run.last = step;
        progress.update(step.scanned, `${formatCount(step.resealed)} resealed`);
        if (io.signal.aborted) break;
      }
    } catch (error) {
      // Without any step there is no partial result to report.
      if (run.last === NOTHING) throw error;
      run.failure = error;
    } finally {
      progress.stop();
    }
    return report(run.last, run.failure, options, io);
  });
}

function steps(
  adapter: RedisAdapter,
  { prefix, wholeDatabase, batch }: ResealCommandOptions,
): AsyncIterable<ResealProgress> {
  return adapter.resealAll({ prefix, wholeDatabase, batch });
}

function codecOf(options: ResealCommandOptions, { env }: CliIo): CodecOptions {
  const { sealPlain, bindExpiry, plainCounters, compress, padding, serializer } = options;
  const sealing = sealingOptions(env);
  if (sealing === undefined)
    throw new UsageError(`There are no encryption keys: set ${KEYS_VARIABLE} to id=secret, the primary key first.`);
  return {
    serializer,
    compression: compress,
    encryption: {
      ...sealing,
      acceptPlainUntil: sealPlain === true ? FOREVER : undefined,
      bindExpiry,
      counters: plainCounters === true ? 'plain' : undefined,
      compressBeforeEncrypt: compress,
      padding,
    },
  };
}

function report(result: ResealProgress, failure: unknown, { json }: ResealCommandOptions, io: CliIo): ExitCode {
  const { scanned, resealed, changed, failed } = result;
  const unreadable = Object.entries(failed);
  const isComplete = failure === undefined && !io.signal.aborted;
  const lines = [
    `${formatCount(scanned)} keys examined, ${formatCount(resealed)} values resealed, ${formatCount(changed)} changed meanwhile.`,
    ...unreadable.map(([code, count]) => `${formatCount(count)} not resealed: ${code}`),
    ...(isComplete ? [] : ['Not all keys were examined. It is safe to start again.']),
  ];
  const text = lines.map((line) => indentText(line, 0, widthOf(io.stdout))).join('\n');
  io.stdout.write(`${json === true ? JSON.stringify({ ...result, complete: isComplete }) : text}\n`);
  if (failure !== undefined) io.stderr.write(`error: ${failureOf(failure).message}\n`);
  if (io.signal.aborted) return EXIT.interrupted;
  return isComplete && unreadable.length === 0 ? EXIT.ok : EXIT.partial;
}
