/** The entries of the package: `libs/redis/src/<entry>.ts` becomes `nestjs-redis-infra/<entry>`, and `index` the package itself. */
export const ENTRIES = ['index', 'core', 'testing'];
