import type { ShardsService } from './shards/shards.service.js';
import type { DemoStore } from './store/demo.store.js';

type Mode = DemoStore['mode'];

interface StartFacts {
  readonly url: string;
  readonly framework: string;
  readonly mode: Mode;
}

/** The message after the start: the url, the store and example requests. */
export function startMessage({ url, framework, mode }: StartFacts, shards?: ShardsService): string {
  return `
Places on Earth: ${url} (${framework})
Cache and limits: ${describeStore(mode)}
${shards === undefined ? '' : describeShards(url, shards)}
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

Operations: ${url}/health, ${url}/metrics, and ${url}/cleanup, a dry run

What is deleted during an outage of Redis stays deleted: ${describeOutage(url, mode)}

Press Ctrl-C to stop.
`;
}

/** Lists the shards with a key of each, and describes how to stop one. */
function describeShards(url: string, shards: ShardsService): string {
  const reports = Object.entries(shards.report() ?? {});
  const keys = new Map(shards.examples().map((example) => [example.shard, example]));
  const lines = reports.map(([id, { server, pid }]) => {
    const { country, slot } = keys.get(id) ?? { country: '', slot: '' };
    const process = pid === null ? '' : `, process ${pid}`;
    return `  ${id} (${server}${process}) has the key of /countries/${country}/cities: slot ${slot}`;
  });
  return `${lines.join('\n')}
The state of the shards, and where stored keys are: ${url}/shards
${describeStop(url, reports[1]?.[1].pid ?? null, keys.get('eu-2')?.country)}
`;
}

/** Describes how to stop one shard, and what to see then. */
function describeStop(url: string, pid: number | null, country: string | undefined): string {
  if (pid === null) return 'These are memory stores, because no redis-server was found: install one to stop a shard.';
  return `Read the key of eu-2 three times, stop eu-2, and read it again: it comes from a copy, and the other shards answer:
  curl -i '${url}/countries/${country}/cities'
  curl -X DELETE '${url}/shards/eu-2'    (or: kill -9 ${pid})
  curl -X POST '${url}/shards/eu-2'      (starts it again, empty)`;
}

/** Describes how to watch the loads of all processes. */
function describeLoads(url: string, mode: Mode): string {
  if (mode === 'shards') return 'not available, because shards have no common channels';
  return mode === 'memory'
    ? 'not available, because the embedded store has no channels'
    : `curl -N '${url}/cache/loads'`;
}

/** Describes how to begin an outage and see it. */
function describeOutage(url: string, mode: Mode): string {
  if (mode === 'shards') return `stop a shard, then curl -X DELETE '${url}/cache/countries/JP' for its country`;
  return mode === 'memory'
    ? 'not available, because the embedded store has no outages'
    : `stop Redis or curl -X POST '${url}/outage', then curl -X DELETE '${url}/cache/countries/JP'`;
}

/** Describes the store. */
export function describeStore(mode: Mode): string {
  if (mode === 'shards') return 'three shards on this machine; each key is on one of them';
  return mode === 'memory'
    ? 'the embedded memory store (set REDIS_URL=redis://localhost:6379 to use Redis)'
    : `Redis (${mode})`;
}
