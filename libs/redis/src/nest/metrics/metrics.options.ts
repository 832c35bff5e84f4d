import type { Registry, RegistryContentType } from 'prom-client';
import { checkOptions, checkString, optionInvalid } from '../../common/options.js';

/** A registry of prom-client, for the text format of Prometheus or of OpenMetrics. */
export type MetricsRegistry = Registry<RegistryContentType>;

/** The options of `RedisMetricsModule.forRoot()`. */
export interface RedisMetricsOptions {
  /** The name of the `RedisModule` whose metrics are exported. @default the one without a name */
  readonly instance?: string | undefined;
  /** The registry that the metrics are added to. @default the global registry of prom-client, which @willsoto/nestjs-prometheus serves */
  readonly registry?: MetricsRegistry | undefined;
}

/** The names of all options. */
export const METRICS_OPTIONS = ['instance', 'registry'] as const satisfies readonly (keyof RedisMetricsOptions)[];

/** @throws RedisInfraError OPTION_INVALID with the path of the option */
export function checkMetricsOptions(options: RedisMetricsOptions): RedisMetricsOptions {
  checkOptions(options, METRICS_OPTIONS, '');
  const { instance, registry } = options;
  if (instance !== undefined) checkString(instance, 'instance');
  if (registry !== undefined && typeof registry?.registerMetric !== 'function')
    throw optionInvalid('registry', 'must be a Registry of prom-client');
  return options;
}
