import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { optionInvalid } from '../../common/options.js';
import { getStatisticsToken } from '../tokens/redis.tokens.js';
import type { MetricsRegistry } from './metrics.options.js';
import { RegistryMetrics, type SnapshotSource } from './registry-metrics.js';

/** Adds an instance to the scrapes of a registry while the application runs. */
export class MetricsExporter implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly metrics: RegistryMetrics;
  private detach: (() => void) | undefined;

  constructor(
    registry: MetricsRegistry,
    private readonly instance: string | undefined,
    private readonly moduleRef: ModuleRef,
  ) {
    this.metrics = RegistryMetrics.of(registry);
  }

  /** The last hook of a start, so that nothing remains of one that failed. @throws RedisInfraError OPTION_INVALID */
  onApplicationBootstrap(): void {
    this.detach ??= this.metrics.attach(this.source());
  }

  onApplicationShutdown(): void {
    this.detach?.();
    this.detach = undefined;
  }

  private source(): SnapshotSource {
    try {
      return this.moduleRef.get<SnapshotSource>(getStatisticsToken(this.instance), { strict: false });
    } catch {
      const which = this.instance === undefined ? 'without a name' : `with the name '${this.instance}'`;
      throw optionInvalid('instance', `no RedisModule is registered ${which}`);
    }
  }
}
