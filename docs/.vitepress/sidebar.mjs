import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('..', import.meta.url));
const API = `${DOCS}reference/api/typedoc-sidebar.json`;

const page = (text, link) => ({ text, link });

/** Every decision record, by the number and the title in its first line. */
function decisions() {
  const files = readdirSync(`${DOCS}decisions`)
    .filter((name) => name.endsWith('.md'))
    .sort();
  return files.map((name) => {
    const [heading] = readFileSync(`${DOCS}decisions/${name}`, 'utf8').split('\n', 1);
    return page(heading.replace(/^# /, ''), `/decisions/${name}`);
  });
}

/** The pages that TypeDoc makes of the docstrings; none before the first build. */
function api() {
  return existsSync(API) ? JSON.parse(readFileSync(API, 'utf8')) : [];
}

/** The English sidebar. A test fails for a page under docs/ that it does not list. */
export function englishSidebar() {
  return [
    { text: 'Getting started', items: [page('Getting started', '/getting-started.md')] },
    {
      text: 'Concepts',
      items: [
        page('Stores and caches', '/concepts/stores-and-caches.md'),
        page('The guarantees of the cache', '/concepts/guarantees.md'),
        page('The read path', '/concepts/read-path.md'),
        page('Circuits', '/concepts/circuits.md'),
        page('An outage, step by step', '/concepts/an-outage.md'),
      ],
    },
    {
      text: 'Guides',
      items: [
        page('Caching a slow call', '/guides/caching-a-slow-call.md'),
        page('Freshness', '/guides/freshness.md'),
        page('Near cache and its bounds', '/guides/near-cache.md'),
        page('Tags and flush', '/guides/tags-and-flush.md'),
        page('Decorators and HTTP caching', '/guides/decorators-and-http-caching.md'),
        page('Connecting', '/guides/connecting.md'),
        page('Managed Redis', '/guides/managed-redis.md'),
        page('One server, Cluster or shards?', '/guides/one-server-cluster-or-shards.md'),
        page('Storing values', '/guides/storing-values.md'),
        page('Encryption and key rotation', '/guides/encryption-and-key-rotation.md'),
        page('Limiting requests', '/guides/limiting-requests.md'),
        page('Many policies', '/guides/many-policies.md'),
        page('Behind a proxy', '/guides/behind-a-proxy.md'),
        page('Keyv, cache-manager and cacheable', '/guides/keyv-and-cache-manager.md'),
        page('Keeping @nestjs/throttler', '/guides/keeping-nestjs-throttler.md'),
        page('Clients for other libraries', '/guides/clients-for-other-libraries.md'),
        page('Cleanup', '/guides/cleanup.md'),
        page('Testing your application', '/guides/testing-your-application.md'),
        page('NestJS 11 and CommonJS', '/guides/nestjs-11-and-commonjs.md'),
      ],
    },
    {
      text: 'Reference',
      items: [
        page('The module', '/reference/module.md'),
        page('Connection', '/reference/connection.md'),
        page('CacheService', '/reference/cache.md'),
        page('Events of the cache', '/reference/cache.md#seeing-what-happens'),
        page('The fallback', '/reference/fallback.md'),
        page('ShardedCache', '/reference/sharded.md'),
        page('FleetLock', '/reference/lock.md'),
        page('Cleanup', '/reference/cleanup.md'),
        page('Rate limiting', '/reference/rate-limit.md'),
        page('RedisAdapter', '/reference/adapter.md'),
        page('Events of the adapter', '/reference/adapter.md#events'),
        page('MemoryAdapter', '/reference/memory.md'),
        page('Values and the codec', '/reference/codec.md'),
        page('Health', '/reference/health.md'),
        page('Metrics', '/reference/metrics.md'),
        page('The command line', '/reference/command-line.md'),
        page('Diagnostics channels', '/reference/diagnostics.md'),
        page('Errors', '/errors.md'),
        { text: 'API', link: '/reference/api/index.md', collapsed: true, items: api() },
      ],
    },
    {
      text: 'Operations',
      items: [
        page('Going to production', '/guides/going-to-production.md'),
        page('Health checks', '/guides/health-checks.md'),
        page('Tracing', '/guides/tracing.md'),
        page('When Redis is unavailable', '/guides/when-redis-is-unavailable.md'),
        page('Tuning the cache', '/guides/tuning.md'),
        page('Metrics with Prometheus', '/guides/metrics.md'),
        page('Adding a shard', '/guides/adding-a-shard.md'),
        page('Alerts, dashboard and runbook', '/guides/runbook.md'),
        page('The command line', '/guides/command-line.md'),
      ],
    },
    {
      text: 'Migration',
      items: [
        page('Comparison with other caches', '/guides/comparison.md'),
        page('From @nestjs/cache-manager', '/guides/coming-from-cache-manager.md'),
        page('From @nestjs/throttler', '/guides/migrating-from-nestjs-throttler.md'),
      ],
    },
    {
      text: 'Internals',
      items: [
        page('Architecture', '/internals/architecture.md'),
        page('Stored values: the envelope', '/envelope.md'),
        page('Intended behaviour', '/intended-behaviour.md'),
        page('Glossary', '/glossary.md'),
        { text: 'Decisions', collapsed: true, items: decisions() },
        page('The interleaving checker', '/internals/interleaving-checker.md'),
        page('Contributing', '/internals/contributing.md'),
        page('Changelog', '/internals/changelog.md'),
      ],
    },
  ];
}

/** The Persian sidebar: what is translated, and the way to the rest. */
export function persianSidebar() {
  return [
    { text: 'شروع', items: [page('شروع سریع', '/fa/getting-started.md')] },
    {
      text: 'به انگلیسی',
      items: [
        page('مفاهیم', '/concepts/stores-and-caches.md'),
        page('راهنماها', '/guides/connecting.md'),
        page('مرجع', '/reference/module.md'),
        page('خطاها', '/errors.md'),
      ],
    },
  ];
}
