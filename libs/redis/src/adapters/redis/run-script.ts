import { createHash } from 'node:crypto';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ScriptDefinition } from '../../domain/cache-store.js';
import type { CommandArg } from './wire-command.js';
import { remaining, type CallLimits } from './pending-call.js';

type Send = (name: string, args: readonly CommandArg[], limits: CallLimits, label: string) => Promise<unknown>;

const hashes = new WeakMap<object, string>();

/**
 * Runs a script by its SHA1; a server that does not know it is sent the text, once. No other error is ever answered by sending
 * again: the script may have run.
 * @see https://redis.io/docs/latest/commands/evalsha/
 */
export function runScript<R>(
  send: Send,
  script: ScriptDefinition<R>,
  keys: readonly string[],
  args: readonly CommandArg[],
  limits: CallLimits,
): Promise<R> {
  const rest = [keys.length, ...keys, ...args];
  const startedMs = performance.now();
  return send('evalsha', [sha1(script), ...rest], limits, script.name).then(
    (reply) => script.parse(reply),
    async (error: unknown) => {
      if (!(error instanceof RedisInfraError) || error.context.reply !== 'NOSCRIPT') throw error;
      return script.parse(await send('eval', [script.source, ...rest], remaining(limits, startedMs), script.name));
    },
  );
}

function sha1(script: ScriptDefinition<unknown>): string {
  let hash = hashes.get(script);
  if (hash === undefined) hashes.set(script, (hash = createHash('sha1').update(script.source).digest('hex')));
  return hash;
}
