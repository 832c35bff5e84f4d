import type { LinkState } from '../../domain/link-state.js';
import type { NodeAnswer, NodeReading, TargetState } from '../../domain/health-source.js';
import type { ResolvedHealthOptions } from './health-options.js';
import type { HealthReason, TargetVerdict } from './health-verdict.js';

type Limits = Pick<ResolvedHealthOptions, 'slowPingMs' | 'memoryRatio'>;

const LINK_REASONS: Readonly<Record<Exclude<LinkState, 'up'>, HealthReason>> = {
  closed: 'closed',
  connecting: 'connecting',
  down: 'unavailable',
  misconfigured: 'misconfigured',
};

/**
 * The nodes to ask, by name: those that calls may reach. The others are unavailable whatever they answer, because their
 * circuit lets no call through. A half-open circuit closes when the node answers, so the node is asked.
 */
export function nodesToAsk({ mode, link, nodes }: TargetState): readonly (string | undefined)[] {
  if (link !== 'up' || mode === 'memory') return [];
  return nodes.filter(({ read }) => read === 'closed' || read === 'half-open').map(({ node }) => node);
}

/**
 * Judges one target.
 * @param answers the answers of the nodes of `nodesToAsk`
 */
export function judgeTarget(state: TargetState, answers: readonly NodeAnswer[], limits: Limits): TargetVerdict {
  if (state.link !== 'up') {
    const reason = LINK_REASONS[state.link];
    const availability = state.link === 'misconfigured' ? 'misconfigured' : 'unavailable';
    return { availability, reasons: withFallback([reason], state) };
  }
  if (state.mode === 'memory') return { availability: 'serving', reasons: [] };
  const answerOf = new Map(answers.map((answer) => [answer.node, answer]));
  const refusals = state.nodes.map((node) => refusalOf(node, answerOf.get(node.node)));
  const unavailable = refusals.filter((reason) => reason !== undefined);
  // Without a known node there is no connection that calls could use.
  if (state.nodes.length === 0) unavailable.push('unavailable');
  if (unavailable.length >= state.nodes.length)
    return { availability: 'unavailable', reasons: withFallback(distinct(unavailable), state) };
  const nodes: readonly HealthReason[] = unavailable.length > 0 ? ['nodes'] : [];
  return {
    availability: 'serving',
    reasons: withFallback([...nodes, ...distinct(unavailable), ...impairments(state, answers, limits)], state),
  };
}

/** Why no call to a node is answered; undefined if calls are. */
function refusalOf({ read }: NodeReading, answer: NodeAnswer | undefined): HealthReason | undefined {
  if (read === 'open') return 'circuit-open';
  if (read === 'isolated') return 'isolated';
  return answer?.isServing === true ? undefined : 'no-answer';
}

function impairments(state: TargetState, answers: readonly NodeAnswer[], limits: Limits): readonly HealthReason[] {
  const serving = answers.filter(({ isServing }) => isServing);
  const reading = state.nodes.filter(({ node }) => serving.some((answer) => answer.node === node));
  const found: readonly (readonly [HealthReason, boolean])[] = [
    ['circuit-half-open', reading.some(({ read }) => read === 'half-open')],
    ['writes-refused', reading.some(({ read, write }) => read === 'closed' && write !== 'closed')],
    ['read-only', serving.some(({ acceptsWrites }) => !acceptsWrites)],
    ['memory', serving.some((answer) => isNearlyFull(answer, limits))],
    ['max-clients', serving.some(({ isAtMaxClients }) => isAtMaxClients)],
    ['slow', serving.some(({ pingMs = 0 }) => pingMs > limits.slowPingMs)],
  ];
  return found.filter(([, isFound]) => isFound).map(([reason]) => reason);
}

function isNearlyFull({ info }: NodeAnswer, { memoryRatio }: Limits): boolean {
  const { usedBytes, maxBytes } = info ?? {};
  if (usedBytes === undefined || maxBytes === undefined || maxBytes === 0) return false;
  return memoryRatio < 1 && usedBytes > memoryRatio * maxBytes;
}

/** The fallback also answers while its journal is being applied, after the server is back. */
function withFallback(reasons: readonly HealthReason[], { fallback }: TargetState): readonly HealthReason[] {
  return fallback?.active === true ? [...reasons, 'fallback'] : reasons;
}

function distinct(reasons: readonly HealthReason[]): readonly HealthReason[] {
  return [...new Set(reasons)];
}
