import type { AlertScenario } from './alert.scenario.js';

const LABELS = { job: 'api', instance: 'a', cache: 'cities' };
const SERIES = 'job="api",instance="a",cache="cities"';

/** The alerts of the fallback and of shards. */
export const FALLBACK_SCENARIOS: readonly AlertScenario[] = [
  {
    alert: 'RedisFallbackActiveLong',
    series: { [`redis_fallback_active{${SERIES}}`]: '1x20 0x20' },
    pendingAt: '9m',
    firesAt: '15m',
    resolvedAt: '30m',
    labels: LABELS,
    severity: 'warning',
    summary: 'The cache cities of a process of api has run without Redis for 10 minutes.',
    description:
      'The fallback of the cache cities of a answers. Copies are used until maxStale has passed. After that, reads load from the source.',
  },
  {
    alert: 'RedisFallbackJournalGrowing',
    series: { [`redis_fallback_journal_entries{${SERIES}}`]: '0+500x20 0x20' },
    pendingAt: '5m',
    firesAt: '12m',
    resolvedAt: '30m',
    labels: LABELS,
    severity: 'critical',
    summary: 'The journal of the cache cities of a process of api grows.',
    description:
      '6k invalidations of the cache cities of a wait for Redis, and the number grows. With durability memory they are lost if the process ends.',
  },
  {
    alert: 'RedisFallbackJournalStuck',
    series: {
      [`redis_fallback_journal_entries{${SERIES}}`]: '7x30 0x20',
      'redis_adapter_up{job="api",instance="a",client="redis"}': '0x5 1x45',
    },
    pendingAt: '13m',
    firesAt: '20m',
    resolvedAt: '40m',
    labels: LABELS,
    severity: 'warning',
    summary: 'The journal of the cache cities of a process of api is not applied.',
    description: '7 invalidations of the cache cities of a wait, although its clients are connected.',
  },
  {
    alert: 'RedisShardDown',
    series: {
      'redis_shard_up{job="api",instance="a",cache="cities",shard="eu-1"}': '1x40',
      'redis_shard_up{job="api",instance="a",cache="cities",shard="eu-2"}': '0x10 1x20',
    },
    pendingAt: '1m',
    firesAt: '5m',
    resolvedAt: '20m',
    labels: { job: 'api', cache: 'cities', shard: 'eu-2' },
    severity: 'critical',
    summary: 'The shard eu-2 of api is down.',
    description:
      'No process of api uses the shard eu-2 of the cache cities. Its keys are answered by the fallback, all other keys as usual.',
  },
];
