import type { LinkState } from '../../domain/link-state.js';
import type { CircuitReading } from '../../domain/health-source.js';
import { slowest, type TargetReport } from './health-report.js';

/** From the best to the worst. */
const LINK_STATES: readonly LinkState[] = ['up', 'connecting', 'closed', 'down', 'misconfigured'];
const CIRCUITS: readonly CircuitReading[] = ['closed', 'half-open', 'open', 'isolated'];

/** The members of a report that several shards have in common: of each the worst, and the sums of their fallbacks. */
export function summarizeShards(reports: readonly TargetReport[]): Omit<TargetReport, 'status' | 'reasons'> {
  const connections = reports.map(({ connection }) => connection);
  const state = worst(
    LINK_STATES,
    connections.map((connection) => connection.state),
  );
  const circuit = (name: 'read' | 'write'): CircuitReading =>
    worst(
      CIRCUITS,
      reports.map(({ breaker }) => breaker[name]),
    );
  return {
    role: undefined,
    mode: 'shards',
    responseTime: slowest(reports.map(({ responseTime }) => responseTime)),
    connection: {
      state,
      since: Math.max(...connections.filter((connection) => connection.state === state).map(({ since }) => since)),
    },
    breaker: {
      read: circuit('read'),
      write: circuit('write'),
      since: extreme(
        Math.max,
        reports.map(({ breaker }) => breaker.since),
      ),
      nextProbeAt: extreme(
        Math.min,
        reports.map(({ breaker }) => breaker.nextProbeAt),
      ),
    },
    fallback: sumFallbacks(reports),
    memory: undefined,
    server: undefined,
    lastError: reports
      .map(({ lastError }) => lastError)
      .reduce((latest, error) => ((error?.at ?? -1) > (latest?.at ?? -1) ? error : latest), undefined),
    nodes: undefined,
  };
}

function sumFallbacks(reports: readonly TargetReport[]): TargetReport['fallback'] {
  const fallbacks = reports.map(({ fallback }) => fallback).filter((fallback) => fallback !== undefined);
  if (fallbacks.length === 0) return undefined;
  return {
    active: fallbacks.some(({ active }) => active),
    entries: fallbacks.reduce((sum, { entries }) => sum + entries, 0),
    journal: fallbacks.reduce((sum, { journal }) => sum + journal, 0),
  };
}

function worst<T>(order: readonly [T, ...T[]] | readonly T[], values: readonly T[]): T {
  return values.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a));
}

function extreme(pick: (...times: number[]) => number, times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : pick(...known);
}
