import type { RedisMode } from 'nestjs-redis-infra';

interface StartFacts {
  readonly url: string;
  readonly framework: string;
  readonly mode: RedisMode;
}

/** The message after the start: the url, the store and example requests. */
export function startMessage({ url, framework, mode }: StartFacts): string {
  return `
Places on Earth: ${url} (${framework})
Cache and limits: ${describeStore(mode)}

Send each request twice, and compare the headers X-Cache and Server-Timing:
  curl -i '${url}/cities/nearest?lat=48.86&lon=2.35'
  curl -i '${url}/countries/JP/cities'
  curl -i '${url}/cities/search?q=san%20jose'

200 callers at the same time cost one query; with &round=name, also in two processes on one Redis:
  curl '${url}/cities/stampede?callers=200'

Responses for countries are stored compressed, those for searches sealed. To see the stored bytes:
  ${url}/demo/raw and ${url}/demo/raw/cache:countries::JP

Searches are limited per address: a burst of 20, which refills by one each second, and 1000 per hour. Send 25 requests:
  curl -siw '\\n' '${url}/cities/search?q=bern&try=[1-25]' | grep -iE '^(HTTP|RateLimit|Retry)|detail'

Other libraries on the same connection:
  @nestjs/cache-manager: ${url}/countries
  @nestjs/throttler, 5 requests a minute per address: ${url}/cities/random
  ioredis clients, for events of all demo processes: ${describeLoads(url, mode)}

What is deleted during an outage of Redis stays deleted: ${describeOutage(url, mode)}

Press Ctrl-C to stop.
`;
}

/** Describes how to watch the loads of all processes. */
function describeLoads(url: string, mode: RedisMode): string {
  return mode === 'memory'
    ? 'not available, because the embedded store has no channels'
    : `curl -N '${url}/cache/loads'`;
}

/** Describes how to begin an outage and see it. */
function describeOutage(url: string, mode: RedisMode): string {
  return mode === 'memory'
    ? 'not available, because the embedded store has no outages'
    : `stop Redis or curl -X POST '${url}/outage', then curl -X DELETE '${url}/cache/countries/JP'`;
}

/** Describes the store. */
export function describeStore(mode: RedisMode): string {
  return mode === 'memory'
    ? 'the embedded memory store (set REDIS_URL=redis://localhost:6379 to use Redis)'
    : `Redis (${mode})`;
}
