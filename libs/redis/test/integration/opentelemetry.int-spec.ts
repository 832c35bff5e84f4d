import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { RedisTelemetry } from 'nestjs-redis-infra/opentelemetry';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CacheService, MemoryAdapter, RateLimiter, type RedisInfraError } from '../../src/index.js';
import { DECISIONS, LOADS } from '../../src/common/diagnostics/channels.js';
import { eventually } from '../support/eventually.js';
import { LONG_DEADLINE, resourcesPerTest } from '../support/started.js';

const started = resourcesPerTest();
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = tracerProvider.getTracer('test');

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
afterEach(() => exporter.reset());

/** A reader that collects when the test asks for it. */
class TestReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

function enabled(options: { readonly meterProvider?: MeterProvider } = {}): RedisTelemetry {
  const telemetry = new RedisTelemetry({ tracerProvider, ...options });
  telemetry.enable();
  started.undo(() => telemetry.disable());
  return telemetry;
}

const spansNamed = (name: string): readonly ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);

/** Runs work in a span, as the instrumentation of an HTTP server does. */
async function inRequest<T>(work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan('request', async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

const SECRET = 'secret-text';

describe('a span of a load', () => {
  test('has the span of the caller as parent, and the spans of the loader as children', async () => {
    enabled();
    const cache = new CacheService(new MemoryAdapter());
    await inRequest(() =>
      cache.getOrSet(SECRET, async () => {
        tracer.startSpan('query').end();
        return SECRET;
      }),
    );
    const [request] = spansNamed('request');
    const [load] = spansNamed('cache load');
    const [query] = spansNamed('query');
    expect(load?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(query?.parentSpanContext?.spanId).toBe(load?.spanContext().spanId);
    expect(load?.attributes).toEqual({
      'nestjs_redis_infra.cache.name': 'cache',
      'nestjs_redis_infra.load.background': false,
      'nestjs_redis_infra.load.outcome': 'ok',
    });
  });

  test('in the background begins a trace, with a link to the call that caused it', async () => {
    const cache = new CacheService(new MemoryAdapter());
    await cache.getOrSet('k', () => 1, { ttl: '1ms', staleWhileRevalidate: '1h', earlyRefresh: false });
    await eventually(async () => (await cache.inspect('k')).state === 'stale');
    enabled();
    await inRequest(() => cache.getOrSet('k', () => 2, { ttl: '1h', staleWhileRevalidate: '1h' }));
    await eventually(() => spansNamed('cache load').length === 1);
    const [request] = spansNamed('request');
    const [load] = spansNamed('cache load');
    expect(load?.parentSpanContext).toBeUndefined();
    expect(load?.links.map((link) => link.context.spanId)).toEqual([request?.spanContext().spanId]);
    expect(load?.spanContext().traceId).not.toBe(request?.spanContext().traceId);
  });

  test('of a failed load has the status error, the type of the error, and not its message', async () => {
    enabled();
    const cache = new CacheService(new MemoryAdapter());
    await expect(
      cache.getOrSet('k', () => {
        throw new Error(SECRET);
      }),
    ).rejects.toThrow(SECRET);
    const late = cache.getOrSet('late', () => new Promise(() => {}), { loadTimeout: '1ms' });
    await expect(late).rejects.toMatchObject({ code: 'LOAD_TIMEOUT' } satisfies Partial<RedisInfraError>);
    const spans = spansNamed('cache load');
    expect(spans.map(({ status, attributes }) => [status, attributes['error.type']])).toEqual([
      [{ code: SpanStatusCode.ERROR }, '_OTHER'],
      [{ code: SpanStatusCode.ERROR }, 'LOAD_TIMEOUT'],
    ]);
    expect(spans.flatMap(({ events }) => events)).toEqual([]);
  });
});

describe('a span of a rate-limit decision', () => {
  test('names the policy and the decision, and not the subject', async () => {
    enabled();
    const server = await started.server();
    const limiter = new RateLimiter(started.adapter(server.url, LONG_DEADLINE), { deadline: '10s' });
    started.undo(() => limiter.close());
    const policy = { name: 'api', limit: 1, window: '1m' } as const;
    await inRequest(() => limiter.consume(policy, SECRET));
    const [request] = spansNamed('request');
    const [decision] = spansNamed('ratelimit consume');
    expect(decision?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(decision?.attributes).toEqual({
      'db.system.name': 'redis',
      'nestjs_redis_infra.ratelimit.policy': 'api',
      'nestjs_redis_infra.ratelimit.decision': 'allowed',
      'nestjs_redis_infra.ratelimit.source': 'redis',
    });
  });
});

describe('metrics', () => {
  /** The values of a metric, by its attributes as text. */
  async function read(reader: MetricReader, name: string): Promise<Readonly<Record<string, unknown>>> {
    const { resourceMetrics } = await reader.collect();
    const found = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = found
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => ({ attributes, value })));
    return Object.fromEntries(points.map(({ attributes, value }) => [Object.values(attributes).join(' '), value]));
  }

  test('report what the instances have counted, also after they were disabled and enabled again', async () => {
    const reader = new TestReader();
    const meterProvider = new MeterProvider({ readers: [reader] });
    started.undo(() => meterProvider.shutdown());
    const telemetry = enabled({ meterProvider });
    const [first, second] = [new CacheService(new MemoryAdapter()), new CacheService(new MemoryAdapter())];
    telemetry.observe({ cache: first });
    const endSecond = telemetry.observe({ name: 'sessions', cache: second });
    await first.getOrSet('k', () => 1);
    await second.getOrSet('a', () => 1);
    await second.getOrSet('b', () => 1);
    expect(await read(reader, 'redis_cache_loads')).toMatchObject({ 'cache ok': 1, 'sessions/cache ok': 2 });
    expect(await read(reader, 'redis_cache_load_duration_seconds_count')).toMatchObject({ cache: 1 });
    // The SDK repeats the last value of a counter that nothing reports.
    telemetry.disable();
    await first.getOrSet('l', () => 1);
    expect(await read(reader, 'redis_cache_loads')).toMatchObject({ 'cache ok': 1 });
    telemetry.enable();
    endSecond();
    await second.getOrSet('c', () => 1);
    expect(await read(reader, 'redis_cache_loads')).toMatchObject({ 'cache ok': 2, 'sessions/cache ok': 2 });
  });
});

describe('RedisTelemetry', () => {
  test('subscribes once, leaves nothing behind when it is disabled, and ends spans that are open', async () => {
    const telemetry = enabled();
    telemetry.enable();
    const cache = new CacheService(new MemoryAdapter());
    await cache.getOrSet('k', () => 1);
    expect(spansNamed('cache load')).toHaveLength(1);
    let finish = (_: number): void => {};
    const loading = cache.getOrSet('l', () => new Promise<number>((resolve) => (finish = resolve)));
    await eventually(() => cache.stats().loads === 2);
    telemetry.disable();
    telemetry.disable();
    expect(spansNamed('cache load')).toHaveLength(2);
    expect([LOADS.hasSubscribers, DECISIONS.hasSubscribers]).toEqual([false, false]);
    finish(1);
    await loading;
    telemetry.enable();
    await cache.getOrSet('m', () => 1);
    expect(spansNamed('cache load')).toHaveLength(3);
  });

  test('uses the global providers by default, and works while there are none', async () => {
    const telemetry = new RedisTelemetry();
    telemetry.enable();
    started.undo(() => telemetry.disable());
    expect(await new CacheService(new MemoryAdapter()).getOrSet('k', () => 1)).toBe(1);
    expect([trace.getTracerProvider(), metrics.getMeterProvider()]).toBeDefined();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  test.each<[string, object]>([
    ['tracerProvider', { tracerProvider: {} }],
    ['meterProvider', { meterProvider: {} }],
    ['exporter', { exporter: {} }],
  ])('refuses a bad option %s', (path, options) => {
    expect(() => new RedisTelemetry(options)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', context: { path } }) as Error,
    );
  });
});
