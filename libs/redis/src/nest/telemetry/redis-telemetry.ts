import { metrics, trace, type BatchObservableResult, type Meter } from '@opentelemetry/api';
import { PACKAGE_VERSION } from '../../common/package-version.js';
import { InstanceStatistics } from '../../service/statistics/instance-statistics.js';
import { createInstruments } from './instruments.js';
import { subscribeSpans } from './spans.js';
import {
  checkObserved,
  checkTelemetryOptions,
  type ObservedInstance,
  type RedisTelemetryOptions,
} from './telemetry.options.js';

/** The name of the instrumentation scope. */
const SCOPE = 'nestjs-redis-infra';

/**
 * Spans of loads and rate-limit decisions, and the metrics of instances, for OpenTelemetry. Spans are those of the whole
 * process; metrics are those of the instances passed to `observe`. Nothing contains a key, a value or a subject.
 *
 * @example
 * const telemetry = new RedisTelemetry();
 * telemetry.enable();
 * telemetry.observe({ cache, redis, limiter });
 */
export class RedisTelemetry {
  private readonly options: RedisTelemetryOptions;
  private readonly instances = new Set<InstanceStatistics>();
  /** Ends what `enable` has begun; undefined while disabled. */
  private end: (() => void) | undefined;
  /** The instruments of the last meter: OpenTelemetry cannot remove instruments, so they are used again. */
  private last: { readonly meter: Meter; readonly instruments: ReturnType<typeof createInstruments> } | undefined;

  /** @throws RedisInfraError OPTION_INVALID with the path of the option */
  constructor(options: RedisTelemetryOptions = {}) {
    this.options = checkTelemetryOptions(options);
  }

  /** Starts to create spans and to report metrics. Does nothing while enabled. */
  enable(): void {
    if (this.end !== undefined) return;
    const { tracerProvider = trace, meterProvider = metrics } = this.options;
    const endSpans = subscribeSpans(tracerProvider.getTracer(SCOPE, PACKAGE_VERSION));
    const endMetrics = this.reportMetrics(meterProvider.getMeter(SCOPE, PACKAGE_VERSION));
    this.end = () => {
      endSpans();
      endMetrics();
    };
  }

  /**
   * Ends the subscriptions, and the spans of operations that have not ended. The instances stay observed: after another
   * `enable()` their metrics are reported again. Does nothing while disabled.
   */
  disable(): void {
    this.end?.();
    this.end = undefined;
  }

  /**
   * Reports the metrics of an instance, while enabled, until the returned function is called.
   * @throws RedisInfraError OPTION_INVALID for an unknown member
   */
  observe(instance: ObservedInstance): () => void {
    const { name, redis: adapter, shards: sharded, cache = {}, limiter = {} } = checkObserved(instance);
    const statistics = new InstanceStatistics({ name, adapter, sharded, cache, limiter });
    this.instances.add(statistics);
    return () => void this.instances.delete(statistics);
  }

  private reportMetrics(meter: Meter): () => void {
    if (this.last?.meter !== meter) this.last = { meter, instruments: createInstruments(meter) };
    const { instruments } = this.last;
    const observables = instruments.flatMap((instrument) => instrument.observables);
    const report = (result: BatchObservableResult): void => {
      const snapshots = [...this.instances].map((statistics) => statistics.snapshot());
      for (const instrument of instruments) instrument.observe(result, snapshots);
    };
    meter.addBatchObservableCallback(report, observables);
    return () => meter.removeBatchObservableCallback(report, observables);
  }
}
