import type { CliIo } from '../cli-io.js';
import type { InvalidatePrefixOptions } from '../commands/invalidate.command.js';
import type { CacheNameOptions } from '../commands/shared-options.js';
import { withCache } from '../connection/with-cache.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { confirm } from '../terminal/confirm.js';
import { formatCount } from '../terminal/figures.js';
import { indentText, widthOf } from '../terminal/wrap.js';

/** Invalidates one value. */
export function invalidateKey(key: string, options: CacheNameOptions, io: CliIo): Promise<ExitCode> {
  return withCache(io, options, async (cache) => {
    const { status } = await cache.invalidate(key);
    return report(io, options, { status }, `${status}: the value is invalid`);
  });
}

/** Invalidates every value that has one of the tags. */
export function invalidateTags(tags: readonly string[], options: CacheNameOptions, io: CliIo): Promise<ExitCode> {
  return withCache(io, options, async (cache) => {
    const { status } = await cache.invalidateTags(tags);
    const which = tags.length === 1 ? 'the tag' : `one of the ${tags.length} tags`;
    return report(io, options, { status }, `${status}: every value with ${which} is invalid`);
  });
}

/** Invalidates everything in a namespace, after a confirmation. */
export async function invalidatePrefix(options: InvalidatePrefixOptions, io: CliIo): Promise<ExitCode> {
  const { namespace, keyPrefix } = options;
  const place = `the namespace ${namespace}${keyPrefix === '' ? '' : ` with the key prefix ${keyPrefix}`}`;
  const answer = options.yes === true ? 'yes' : await confirm(io, `Invalidate and remove everything in ${place}?`);
  if (answer !== 'yes') {
    io.stderr.write('Nothing was changed.\n');
    return answer === 'no' ? EXIT.error : EXIT.interrupted;
  }
  return withCache(io, options, async (cache) => {
    const { status, removed = 0 } = await cache.flush();
    const keys = removed === 1 ? '1 key was' : `${formatCount(removed)} keys were`;
    return report(io, options, { status, removed }, `${status}: ${keys} removed from ${place}`);
  });
}

function report({ stdout }: CliIo, { json }: CacheNameOptions, result: object, text: string): ExitCode {
  stdout.write(`${json === true ? JSON.stringify(result) : indentText(text, 0, widthOf(stdout))}\n`);
  return EXIT.ok;
}
