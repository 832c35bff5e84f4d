import { optionInvalid } from '../../../common/options.js';
import type { InlinePolicy } from './inline-policy.js';
import { shortName } from './printable-name.js';
import type { CostOf, DecoratorMetadata, RateLimitMetadata } from './rate-limit.metadata.js';

/** A policy with the name under which it is counted. */
export interface NamedPolicy {
  readonly name: string;
  /** The policy object of the decorator. Undefined for a policy in `rateLimit.policies`. */
  readonly inline: InlinePolicy | undefined;
  /** The `cost` of its entry. Undefined: that of `@RateLimitCost`. */
  readonly cost?: number | CostOf | undefined;
}

/** The decorators of a class or of a handler. */
export interface PolicyLevel {
  /** The name for policies without a name. Undefined: there is none. */
  readonly defaultName: string | undefined;
  readonly policies: RateLimitMetadata | undefined;
  readonly skip: DecoratorMetadata['SkipRateLimit'] | undefined;
}

/**
 * Returns the policies that apply to a handler. The levels are ordered from the outer to the inner. Each replaces or
 * extends the policies of the outer levels, then removes those that it skips.
 * @throws RedisInfraError OPTION_INVALID when a policy without a name has no default name, or a skipped name is unknown
 */
export function mergePolicies(
  defaults: readonly string[],
  levels: readonly PolicyLevel[],
  modulePolicies: { has(name: string): boolean },
): readonly NamedPolicy[] {
  let merged: readonly NamedPolicy[] = defaults.map((name) => ({ name, inline: undefined }));
  for (const { defaultName, policies, skip } of levels) {
    if (policies !== undefined && policies.policies.length > 0) merged = extendOrReplace(merged, policies, defaultName);
    if (skip !== undefined) merged = withoutSkipped(merged, skip, modulePolicies);
  }
  return merged;
}

function extendOrReplace(
  outer: readonly NamedPolicy[],
  metadata: RateLimitMetadata,
  defaultName: string | undefined,
): readonly NamedPolicy[] {
  if (!metadata.extend) return nameAll(metadata, defaultName, []);
  const own = nameAll(metadata, defaultName, outer);
  return [...outer.filter(({ name }) => own.every((policy) => policy.name !== name)), ...own];
}

function withoutSkipped(
  merged: readonly NamedPolicy[],
  skip: DecoratorMetadata['SkipRateLimit'],
  modulePolicies: { has(name: string): boolean },
): readonly NamedPolicy[] {
  if (skip === 'all') return [];
  const unknown = skip.find((name) => !modulePolicies.has(name) && merged.every((policy) => policy.name !== name));
  if (unknown !== undefined)
    throw optionInvalid('SkipRateLimit', `no policy is named '${unknown}': correct or remove the name`);
  return merged.filter(({ name }) => !skip.includes(name));
}

/**
 * Gives every policy a name. The first unnamed policy gets the default name; the others append their window, then a
 * number. Two policies never share a name and thus a count, also not with those of the class: without routes, class and
 * handler have the same default name.
 */
function nameAll(
  { policies, costs }: RateLimitMetadata,
  defaultName: string | undefined,
  outer: readonly NamedPolicy[],
): readonly NamedPolicy[] {
  const taken = new Set(policies.map((policy) => (typeof policy === 'string' ? policy : policy.name)));
  for (const { name } of outer) taken.add(name);
  return policies.map((policy, at) => {
    const cost = costs[at];
    if (typeof policy === 'string') return { name: policy, inline: undefined, cost };
    if (policy.name !== undefined) return { name: policy.name, inline: policy, cost };
    const name = uniqueName(defaultName, policy.window, taken);
    taken.add(name);
    return { name, inline: policy, cost };
  });
}

function uniqueName(
  defaultName: string | undefined,
  window: InlinePolicy['window'],
  taken: ReadonlySet<string | undefined>,
): string {
  if (defaultName === undefined)
    throw optionInvalid('RateLimit.name', 'is required: this handler has no route or pattern to derive a name from');
  if (!taken.has(defaultName)) return defaultName;
  const alternatives = alternativeNames(defaultName, window);
  let name = alternatives.next().value;
  while (taken.has(name)) name = alternatives.next().value;
  return name;
}

/** The names to try when the default name is taken: with the window, then with numbers. */
export function* alternativeNames(name: string, window: InlinePolicy['window']): Generator<string, never> {
  const suffix = ` ${typeof window === 'number' ? `${window}s` : window}`;
  const withWindow = name.endsWith(suffix) ? name : name + suffix;
  yield shortName(withWindow);
  for (let at = 2; ; at++) yield shortName(`${withWindow} ${at}`);
}
