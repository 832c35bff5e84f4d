import { context, ROOT_CONTEXT, SpanKind, trace as traceApi, type Tracer } from '@opentelemetry/api';
import {
  DECISIONS,
  LOADS,
  type LoadTrace,
  type RateLimitTrace,
  type Traces,
  type TraceResult,
} from '../../common/diagnostics/channels.js';
import { ATTRIBUTES } from './attributes.js';
import { OpenSpans } from './open-spans.js';

/**
 * Makes a span of each load and each rate-limit decision until the returned function is called. The parent of a span is
 * the span of the caller. A background load has no caller: it begins a trace, with a link to the call that caused it.
 */
export function subscribeSpans(tracer: Tracer): () => void {
  const ends = [
    follow(LOADS, { start: (load, open) => startLoad(tracer, load, open), end: endLoad }),
    follow(DECISIONS, { start: (decision, open) => startDecision(tracer, decision, open), end: endDecision }),
  ];
  return () => ends.forEach((end) => end());
}

function startLoad(tracer: Tracer, load: LoadTrace, open: OpenSpans): void {
  const parent = load.isBackground ? ROOT_CONTEXT : context.active();
  const cause = load.caller?.runInAsyncScope(() => traceApi.getSpanContext(context.active()));
  const span = tracer.startSpan(
    'cache load',
    {
      kind: SpanKind.INTERNAL,
      attributes: { [ATTRIBUTES.cache]: load.cache, [ATTRIBUTES.background]: load.isBackground },
      links: cause === undefined ? [] : [{ context: cause }],
    },
    parent,
  );
  open.add(load, span);
  // The spans of the loader, for example of a query, are children of this one.
  load.within = (run) => context.with(traceApi.setSpan(parent, span), run);
}

function endLoad(load: LoadTrace, open: OpenSpans): void {
  open.end(load, (span) => span.setAttribute(ATTRIBUTES.loadOutcome, load.outcome ?? 'error'));
}

function startDecision(tracer: Tracer, decision: RateLimitTrace, open: OpenSpans): void {
  open.add(
    decision,
    tracer.startSpan(`ratelimit ${decision.operation}`, { kind: SpanKind.INTERNAL }, context.active()),
  );
}

function endDecision(decision: RateLimitTrace, open: OpenSpans): void {
  const { policy, policies, outcome, source } = decision;
  open.end(decision, (span) => {
    span.setAttribute(ATTRIBUTES.policy, policy ?? policies.join(','));
    if (outcome !== undefined) span.setAttribute(ATTRIBUTES.decision, outcome);
    if (source !== undefined) span.setAttribute(ATTRIBUTES.source, source);
    if (source === 'redis') span.setAttribute(ATTRIBUTES.system, 'redis');
  });
}

interface Follower<Trace> {
  readonly start: (trace: Trace, open: OpenSpans) => void;
  readonly end: (trace: Trace, open: OpenSpans) => void;
}

function follow<Trace extends TraceResult<string>>(channel: Traces<Trace>, follower: Follower<Trace>): () => void {
  const open = new OpenSpans();
  const subscriber = {
    start: (trace: Trace): void => follower.start(trace, open),
    asyncEnd: (trace: Trace): void => follower.end(trace, open),
    end: ignore,
    asyncStart: ignore,
    error: ignore,
  };
  channel.subscribe(subscriber);
  return () => {
    channel.unsubscribe(subscriber);
    open.endAll();
  };
}

function ignore(): void {
  // The result of an operation is complete at `asyncEnd`.
}
