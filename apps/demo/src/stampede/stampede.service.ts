import { Inject, Injectable } from '@nestjs/common';
import { CacheService } from 'nestjs-redis-infra';
import { NEAREST_CITIES } from '../cities/nearest.query.js';
import { Database } from '../database/database.js';

/** What concurrent reads of one absent key cost this process. */
export interface StampedeReport {
  readonly process: number;
  /** The name of the key. Processes that use the same one share it. */
  readonly round: string;
  readonly callers: number;
  /** The queries that this process ran for them. */
  readonly queries: number;
  readonly ms: number;
}

/** Reads one key by many callers at the same time. */
@Injectable()
export class StampedeService {
  private readonly cache: CacheService;

  constructor(
    @Inject(CacheService) root: CacheService,
    @Inject(Database) private readonly database: Database,
  ) {
    this.cache = root.namespace('stampede');
  }

  /** The callers of all processes share one query for each round. */
  async run(round: string, callers: number): Promise<StampedeReport> {
    const startedAt = performance.now();
    let queries = 0;
    const load = (): Promise<readonly unknown[]> => {
      queries++;
      return this.database.query(NEAREST_CITIES, [0, 0, 1]);
    };
    const key = encodeURIComponent(round);
    await Promise.all(Array.from({ length: callers }, () => this.cache.getOrSet(key, load, { ttl: '1m' })));
    return { process: process.pid, round, callers, queries, ms: Math.round(performance.now() - startedAt) };
  }
}
