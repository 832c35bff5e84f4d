import type { ErrorCode } from '../../common/error-codes.js';
import type { LinkState } from '../../domain/link-state.js';
import type { CircuitReading, NodeAnswer, ServerInfo, TargetState } from '../../domain/health-source.js';
import type { HealthReason, HealthStatus } from './health-verdict.js';

/** The health of a store, or of one of its shards. Contains no password and no key. */
export interface TargetReport {
  /** The status. */
  readonly status: HealthStatus;
  /** Why the status is not `up`; empty if it is. */
  readonly reasons: readonly HealthReason[];
  /** The replication role that the server reports; `cluster` for a Cluster. Undefined if it is not known. */
  readonly role: ServerInfo['role'] | 'cluster' | undefined;
  /** How Redis is reached; `memory` is the embedded store, `shards` several servers. */
  readonly mode: TargetState['mode'] | 'shards';
  /** The slowest PING, in milliseconds; undefined without an answer. */
  readonly responseTime: number | undefined;
  /** The connections; `since` is in milliseconds since 1970. */
  readonly connection: { readonly state: LinkState; readonly since: number };
  /** The circuits. Times are in milliseconds since 1970. */
  readonly breaker: {
    readonly read: CircuitReading;
    readonly write: CircuitReading;
    /** When a circuit last opened or closed. */
    readonly since: number | undefined;
    /** When the breaker probes the server next. */
    readonly nextProbeAt: number | undefined;
  };
  /** The fallback: whether it answers, its copies, and the invalidations that wait. Undefined without one. */
  readonly fallback: { readonly active: boolean; readonly entries: number; readonly journal: number } | undefined;
  /** The memory of the server, in bytes, the fullest node of a Cluster. `maxBytes` 0 is no limit. */
  readonly memory: { readonly usedBytes: number; readonly maxBytes: number } | undefined;
  /** The server. `address` only with `expose: 'full'`. */
  readonly server: { readonly version: string | undefined; readonly address?: string | undefined } | undefined;
  /** The last failure; `at` is in milliseconds since 1970. */
  readonly lastError: { readonly code: ErrorCode; readonly at: number } | undefined;
  /** The masters of a Cluster. */
  readonly nodes: readonly NodeReport[] | undefined;
}

/** One master of a Cluster. */
export interface NodeReport {
  /** Whether it answers. */
  readonly status: 'up' | 'down';
  /** The time of its PING, in milliseconds. */
  readonly responseTime: number | undefined;
  /** Its memory, in bytes. */
  readonly memory: TargetReport['memory'];
  /** `host:port`. Only with `expose: 'full'`. */
  readonly address?: string | undefined;
}

/** The health of a store. */
export interface HealthReport extends TargetReport {
  /** The shards, by id; undefined for a store without shards. */
  readonly shards: Readonly<Record<string, TargetReport>> | undefined;
}

export interface ReportedTarget {
  readonly status: HealthStatus;
  readonly reasons: readonly HealthReason[];
  readonly state: TargetState;
  readonly answers: readonly NodeAnswer[];
}

/** The report of one target. */
export function reportTarget({ status, reasons, state, answers }: ReportedTarget, isFull: boolean): TargetReport {
  const { mode, link, since, breaker, fallback, lastError } = state;
  const isCluster = mode === 'cluster';
  const answer = answers.find(({ info }) => info !== undefined);
  const address = isFull && !isCluster ? { address: answer?.address } : {};
  return {
    status,
    reasons,
    role: isCluster ? 'cluster' : answer?.info?.role,
    mode,
    responseTime: slowest(answers.map(({ pingMs }) => pingMs)),
    connection: { state: link, since },
    breaker,
    fallback: fallback && { active: fallback.active, entries: fallback.entries, journal: fallback.journal },
    memory: fullest(answers.map(memoryOf)),
    server: answer && { version: answer.info?.version, ...address },
    lastError,
    nodes: isCluster ? nodesOf(state, answers, isFull) : undefined,
  };
}

function nodesOf({ nodes }: TargetState, answers: readonly NodeAnswer[], isFull: boolean): readonly NodeReport[] {
  return nodes.map(({ node }) => {
    const answer = answers.find((candidate) => candidate.node === node);
    return {
      status: answer?.isServing === true ? 'up' : 'down',
      responseTime: slowest([answer?.pingMs]),
      memory: answer && memoryOf(answer),
      ...(isFull ? { address: node } : {}),
    };
  });
}

function memoryOf({ info }: NodeAnswer): TargetReport['memory'] {
  const { usedBytes, maxBytes } = info ?? {};
  return usedBytes === undefined || maxBytes === undefined ? undefined : { usedBytes, maxBytes };
}

/** The largest of several times, in milliseconds with two decimals; undefined if there is none. */
export function slowest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.round(100 * Math.max(...known)) / 100;
}

/** The memory with the largest used share; without limits, that with the largest use. */
function fullest(memories: readonly TargetReport['memory'][]): TargetReport['memory'] {
  const share = ({ usedBytes, maxBytes }: NonNullable<TargetReport['memory']>): number =>
    maxBytes === 0 ? 0 : usedBytes / maxBytes;
  return memories
    .filter((memory) => memory !== undefined)
    .toSorted((a, b) => share(b) - share(a) || b.usedBytes - a.usedBytes)[0];
}
