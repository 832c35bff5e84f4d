const ENTRY = (path) => new URL(`../../libs/redis/dist/${path}`, import.meta.url).href;

/** What an application imports for a cache in Redis. The first one is this package. */
export const CONTESTANTS = [
  { label: 'nestjs-redis-infra', imports: [ENTRY('esm/index.js')] },
  { label: 'nestjs-redis-infra/core', imports: [ENTRY('esm/core.js')] },
  { label: 'nestjs-redis-infra, CommonJS', imports: [ENTRY('cjs/index.js')] },
  { label: 'ioredis', imports: ['ioredis'] },
  { label: 'bentocache', imports: ['bentocache', 'bentocache/drivers/redis'] },
  { label: 'cache-manager + @keyv/redis', imports: ['cache-manager', '@keyv/redis'] },
];
