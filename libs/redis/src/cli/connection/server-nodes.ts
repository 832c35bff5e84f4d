import type { Redis } from 'ioredis';
import type { RedisAdapter } from '../../adapters/redis.adapter.js';
import { isReply } from '../../adapters/errors/handshake-error.js';
import { toRedisInfraError } from '../../adapters/errors/error-mapping.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Duration } from '../../common/duration.js';
import { untilAborted } from './until-aborted.js';

/** One server. */
export interface ServerNode {
  /** `host:port` of a node of a Cluster; undefined if there is one server only. */
  readonly name: string | undefined;
  readonly client: Redis;
}

/**
 * Why a server refuses a command: the user may not call it, or not with this key; the server has no such command; or
 * something else, which it checks after the permission.
 */
export type Refusal = 'forbidden' | 'forbidden-key' | 'unknown-command' | 'other';

/** The reply of a server, or why it refused. */
export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: Refusal };

/** The limits of one command. */
export interface AskLimits {
  readonly timeout: Duration;
  readonly signal: AbortSignal;
}

/** The server, or the masters of a Cluster. @throws RedisInfraError CONNECTION_FAILED before the first connect */
export function serverNodes(adapter: RedisAdapter): readonly ServerNode[] {
  const { client } = adapter;
  if (!('nodes' in client)) return [{ name: undefined, client }];
  return client
    .nodes('master')
    .map((node) => ({ name: `${node.options.host ?? ''}:${node.options.port ?? ''}`, client: node }));
}

/** Sends a command that the package does not offer. @throws RedisInfraError if the server does not answer */
export async function ask(
  { client }: ServerNode,
  [name = '', ...args]: readonly string[],
  { timeout, signal }: AskLimits,
): Promise<Answer> {
  const late = new RedisInfraError('DEADLINE_EXCEEDED', `${name} was not answered within ${String(timeout)}`);
  try {
    return { ok: true, value: await untilAborted(client.call(name, ...args), { timeout, signal, late }) };
  } catch (error) {
    if (!isReply(error)) throw error === late ? late : toRedisInfraError(error, name);
    return { ok: false, reason: reasonOf(error.message) };
  }
}

function reasonOf(message: string): Refusal {
  if (message.startsWith('NOPERM')) return /to run the/.test(message) ? 'forbidden' : 'forbidden-key';
  return /unknown (?:sub)?command/i.test(message) ? 'unknown-command' : 'other';
}
