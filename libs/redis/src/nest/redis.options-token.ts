/** What was given to the registration; each dynamic module has its own. */
export const OPTIONS = Symbol('nestjs-redis-infra:options');

/** The same, checked. */
export const RESOLVED_OPTIONS = Symbol('nestjs-redis-infra:resolved-options');
