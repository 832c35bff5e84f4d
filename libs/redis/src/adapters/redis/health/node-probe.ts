import type { Redis } from 'ioredis';
import type { Clock } from '../../../common/clock.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { NodeAnswer } from '../../../domain/health-source.js';
import { HandshakeFailure } from '../../connection/client/handshake-failure.js';
import { PROBE_PARAMS } from '../../connection/server-probe.js';
import { toRedisInfraError } from '../../errors/error-mapping.js';
import { whenSelected } from '../../ioredis-seams/handshake-commands.js';
import { classify } from '../../resilience/circuit/failure-class.js';
import type { PeerLimits } from '../../wire/peer-limits.js';
import { parseInfo, type ParsedInfo } from './server-info.js';

export interface NodeProbeParts {
  /** Creates the connection of the probe, not connected yet. */
  readonly open: (params: typeof PROBE_PARAMS) => Promise<Redis>;
  readonly peer: PeerLimits;
  readonly clock: Clock;
  readonly isCluster: boolean;
}

/** The reply to PING: which calls the node serves. */
type Serving = Pick<NodeAnswer, 'isServing' | 'acceptsWrites' | 'pingMs'>;

const NOT_SERVING: Serving = { isServing: false, acceptsWrites: false, pingMs: undefined };

/** The answer of a node that did not answer in time. */
export function noAnswer(node: string | undefined): NodeAnswer {
  return { node, ...NOT_SERVING, isAtMaxClients: false, address: undefined, info: undefined };
}

/**
 * Asks one node whether it serves calls: PING and INFO on a connection of its own, which is closed afterwards and when
 * the signal aborts. The connection of callers may be the one that is broken, and a queue of theirs must not delay the
 * answer.
 */
export async function probeNode(
  node: string | undefined,
  parts: NodeProbeParts,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  const handshake = new HandshakeFailure();
  const client = await parts.open(PROBE_PARAMS);
  const end = (): void => close(client);
  signal.addEventListener('abort', end, { once: true });
  client.on('error', (error: unknown) => handshake.note(error));
  try {
    if (signal.aborted) return noAnswer(node);
    await client.connect();
    await whenSelected(client);
    const [serving, info, isClusterDown] = await Promise.all([
      ping(client, parts.clock),
      readInfo(client, parts.peer),
      parts.isCluster && readClusterDown(client),
    ]);
    if (isClusterDown) return noAnswer(node);
    return { node, ...restrict(serving, info), isAtMaxClients: false, address: addressOf(client), info };
  } catch {
    // The server is alive: it refused this connection, and it serves those that it accepted before.
    const isAtMaxClients = handshake.error instanceof RedisInfraError && isMaxClients(handshake.error);
    return { ...noAnswer(node), isServing: isAtMaxClients, acceptsWrites: isAtMaxClients, isAtMaxClients };
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

async function ping(client: Redis, clock: Clock): Promise<Serving> {
  const sentMs = clock.monotonicMs();
  try {
    await client.ping();
  } catch (error) {
    const failure = classify(toRedisInfraError(error, 'PING'));
    if (failure === 'hard' || failure === 'soft' || failure === 'not-serving') return NOT_SERVING;
    // A user without the permission for PING has got an answer as well.
    return { isServing: true, acceptsWrites: failure !== 'not-writing', pingMs: clock.monotonicMs() - sentMs };
  }
  return { isServing: true, acceptsWrites: true, pingMs: clock.monotonicMs() - sentMs };
}

async function readInfo(client: Redis, peer: PeerLimits): Promise<ParsedInfo | undefined> {
  if (peer.forbids('INFO')) return undefined;
  const info = await client.info().catch(() => undefined);
  return info === undefined ? undefined : parseInfo(info);
}

function addressOf({ stream, options }: Redis): string | undefined {
  const { remoteAddress, remotePort } = stream;
  return remoteAddress === undefined ? options.path : `${remoteAddress}:${remotePort}`;
}

/** @see https://redis.io/docs/latest/commands/cluster-info/ */
async function readClusterDown(client: Redis): Promise<boolean> {
  const reply = await client.call('CLUSTER', 'INFO').catch(() => '');
  return /^cluster_state:fail/m.test(String(reply));
}

function restrict(serving: Serving, info: ParsedInfo | undefined): Serving {
  return info?.isReadOnly === true ? { ...serving, acceptsWrites: false } : serving;
}

/** @see https://redis.io/docs/latest/develop/reference/clients/#maximum-concurrent-connected-clients */
function isMaxClients({ context }: RedisInfraError): boolean {
  return context.reason === 'MAX_CLIENTS';
}

function close(client: Redis): void {
  client.disconnect();
  client.stream?.destroy();
}
