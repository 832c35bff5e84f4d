/** The options as passed to the registration. Each dynamic module has its own. */
export const OPTIONS = Symbol('nestjs-redis-infra:options');

/** The same options, checked and with defaults. */
export const RESOLVED_OPTIONS = Symbol('nestjs-redis-infra:resolved-options');
