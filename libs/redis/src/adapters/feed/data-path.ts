import type { Redis, RedisOptions } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { NodeName } from '../connection/link-client.js';
import type { RedisLink } from '../connection/redis.link.js';
import { toRedisInfraError } from '../errors/error-mapping.js';
import { isLastingRefusal } from '../errors/handshake-error.js';
import type { PeerLimits } from '../wire/peer-limits.js';
import { readRunId } from './run-id.js';

/** What the connections of callers show about a node. `unknown`: it does not answer now. An error: it never will. */
export type NodeRole = 'master' | 'replica' | 'unknown' | RedisInfraError;

/** A feed connection never reconnects by itself: tracking ends with its socket, and a new one is checked again. */
const DEDICATED: Readonly<RedisOptions> = {
  // ioredis 6 drops the invalidations of RESP3.
  protocol: 2,
  autoResubscribe: false,
  // Keys of every database are reported, so the database does not matter.
  db: 0,
  reconnectOnError: null,
  failoverDetector: false,
};

export interface DataPathOptions {
  readonly peer: PeerLimits;
  /** Values may be read from replicas. */
  readonly readsReplicas: boolean;
}

/** The servers that the commands of an adapter reach. A feed is only valid for these. */
export class DataPath {
  constructor(
    private readonly links: readonly RedisLink[],
    private readonly options: DataPathOptions,
  ) {}

  /** The masters that commands are sent to now. Empty while no connection is open. */
  get masters(): ReadonlySet<NodeName> {
    return new Set(this.links.flatMap((link) => link.masters));
  }

  /** Values may be read from replicas. */
  get readsReplicas(): boolean {
    return this.options.readsReplicas;
  }

  /** Why there can be no feed; undefined if there can. */
  get refusal(): RedisInfraError | undefined {
    const { peer, readsReplicas } = this.options;
    // A replica may return an old value after the master has reported the change.
    if (readsReplicas) return unsupported("there is no feed of changed keys with readFrom: 'prefer-replica'");
    return peer.forbids('CLIENT') ? unsupported('the server closes each connection that sends CLIENT') : undefined;
  }

  /** Calls the handler when commands may reach another server than before. */
  onChange(handler: () => void): void {
    for (const link of this.links) link.onServersChange(handler);
  }

  /**
   * A new connection to a master, not open yet.
   * @throws RedisInfraError CONNECTION_FAILED
   */
  async createDedicated(node: NodeName): Promise<Redis> {
    const [first] = this.links;
    const link = this.links.find(({ isOpen }) => isOpen) ?? first;
    if (link === undefined) throw new Error('a store has at least one connection');
    return link.createDedicated(node, DEDICATED);
  }

  /** The role of a node, as the first open connection sees it. */
  async roleOf(node: NodeName): Promise<NodeRole> {
    const redis = this.links.find(({ isOpen }) => isOpen)?.connectionTo(node);
    return redis === undefined ? 'unknown' : queryRole(redis);
  }

  /**
   * Whether all open connections to a node reach the server process with this run id. True if the server does not
   * report it.
   */
  async reaches(node: NodeName, runId: string | undefined): Promise<boolean> {
    if (runId === undefined) return true;
    const open = this.links.filter(({ isOpen }) => isOpen);
    const connections = open.flatMap((link) => link.connectionTo(node) ?? []);
    const ids = await Promise.all(connections.map(readRunId));
    return ids.every((id) => id === undefined || id === runId);
  }

  /** Reads the slots of a cluster again. */
  refreshSlots(): void {
    for (const link of this.links) link.requestSlotRefresh();
  }
}

/**
 * ROLE is the cheaper command. An ACL may allow only INFO.
 * @see https://redis.io/docs/latest/commands/role/
 */
async function queryRole(redis: Redis): Promise<NodeRole> {
  try {
    const [role]: unknown[] = await redis.role();
    return roleNamed(role);
  } catch (error) {
    return isLastingRefusal(error) ? queryInfo(redis) : 'unknown';
  }
}

async function queryInfo(redis: Redis): Promise<NodeRole> {
  try {
    const info = await redis.info('replication');
    return roleNamed(/^role:(\w+)/m.exec(info)?.[1]);
  } catch (error) {
    return isLastingRefusal(error) ? toRedisInfraError(error, 'ROLE') : 'unknown';
  }
}

function roleNamed(role: unknown): NodeRole {
  if (role === 'master') return 'master';
  return role === 'slave' || role === 'replica' ? 'replica' : 'unknown';
}

function unsupported(reason: string): RedisInfraError {
  return new RedisInfraError('UNSUPPORTED', reason);
}
