import type { RedisMode } from 'nestjs-redis-infra';

interface StartFacts {
  readonly url: string;
  readonly framework: string;
  readonly mode: RedisMode;
}

/** What the demo says once it answers: where it is, which store it uses, and what to try. */
export function startMessage({ url, framework, mode }: StartFacts): string {
  return `
Places on Earth: ${url} (${framework})
Cache and limits: ${describeStore(mode)}

Ask twice, and compare the X-Cache and Server-Timing headers:
  curl -i '${url}/cities/nearest?lat=48.86&lon=2.35'
  curl -i '${url}/countries/JP/cities'
  curl -i '${url}/cities/search?q=san%20jose'

The answers for countries are stored compressed, those for searches sealed. To see what is stored, byte by byte:
  ${url}/demo/raw and ${url}/demo/raw/cache:countries::JP

Searches are limited for each address: 20 at once, of which one comes back each second, and 1000 per hour. Ask 25 times:
  curl -siw '\\n' '${url}/cities/search?q=bern&try=[1-25]' | grep -iE '^(HTTP|RateLimit|Retry)|detail'

Ctrl-C stops it.
`;
}

/** The store in words. */
export function describeStore(mode: RedisMode): string {
  return mode === 'memory'
    ? 'the embedded memory store (REDIS_URL=redis://localhost:6379 puts them in Redis)'
    : `Redis (${mode})`;
}
