import { optionInvalid } from '../../../common/options.js';
import type { InlinePolicy } from './inline-policy.js';
import { shortName } from './printable-name.js';
import type { CostOf, Marks, PoliciesMark } from './rate-limit.metadata.js';

/** A policy with the name it is counted under. */
export interface NamedPolicy {
  readonly name: string;
  /** Where it has no name of its own, what stands there; undefined for a policy of the module's options. */
  readonly inline: InlinePolicy | undefined;
  /** Its own, where it has one. */
  readonly cost?: number | CostOf | undefined;
}

/** What stands on a class or on a handler. */
export interface PolicyLevel {
  /** The name of the place, for policies that have none. */
  readonly defaultName: string | undefined;
  readonly policies: PoliciesMark | undefined;
  readonly skip: Marks['SkipRateLimit'] | undefined;
}

/**
 * What holds in the end. The levels come from the outer to the inner; each replaces what came from outside, or adds to it, and then takes
 * away what it skips.
 * @throws RedisInfraError OPTION_INVALID where a policy has no name and its place has none, or where a name to skip is unknown
 */
export function mergedPolicies(
  defaults: readonly string[],
  levels: readonly PolicyLevel[],
  known: { has(name: string): boolean },
): readonly NamedPolicy[] {
  let merged: readonly NamedPolicy[] = defaults.map((name) => ({ name, inline: undefined }));
  for (const { defaultName: place, policies, skip } of levels) {
    if (policies !== undefined && policies.policies.length > 0) merged = joined(merged, policies, place);
    if (skip !== undefined) merged = without(merged, skip, known);
  }
  return merged;
}

function joined(outer: readonly NamedPolicy[], mark: PoliciesMark, place: string | undefined): readonly NamedPolicy[] {
  if (!mark.extend) return named(mark, place, []);
  const own = named(mark, place, outer);
  return [...outer.filter(({ name }) => own.every((one) => one.name !== name)), ...own];
}

function without(
  merged: readonly NamedPolicy[],
  skip: Marks['SkipRateLimit'],
  known: { has(name: string): boolean },
): readonly NamedPolicy[] {
  if (skip === 'all') return [];
  const unknown = skip.find((name) => !known.has(name) && merged.every((one) => one.name !== name));
  if (unknown !== undefined) throw optionInvalid('SkipRateLimit', `there is no policy named '${unknown}' to skip`);
  return merged.filter(({ name }) => !skip.includes(name));
}

/**
 * The first without a name has that of the place; each other adds its window, and a number if need be: no two share a count, be it among
 * them or with those of the class, whose place has the same name where there are no routes.
 */
function named(
  { policies, costs }: PoliciesMark,
  place: string | undefined,
  outer: readonly NamedPolicy[],
): readonly NamedPolicy[] {
  const taken = new Set(policies.map((policy) => (typeof policy === 'string' ? policy : policy.name)));
  for (const { name } of outer) taken.add(name);
  return policies.map((policy, at) => {
    const cost = costs[at];
    if (typeof policy === 'string') return { name: policy, inline: undefined, cost };
    if (policy.name !== undefined) return { name: policy.name, inline: policy, cost };
    const name = freeName(place, policy.window, taken);
    taken.add(name);
    return { name, inline: policy, cost };
  });
}

function freeName(
  place: string | undefined,
  window: InlinePolicy['window'],
  taken: ReadonlySet<string | undefined>,
): string {
  if (place === undefined) throw optionInvalid('RateLimit.name', 'is needed here, where neither route nor pattern is');
  if (!taken.has(place)) return place;
  const others = otherNames(place, window);
  let name = others.next().value;
  while (taken.has(name)) name = others.next().value;
  return name;
}

/** The names that a policy without one may have where that of its place is taken: with its window, and then with numbers. */
export function* otherNames(name: string, window: InlinePolicy['window']): Generator<string, never> {
  const suffix = ` ${typeof window === 'number' ? `${window}s` : window}`;
  const withWindow = name.endsWith(suffix) ? name : name + suffix;
  yield shortName(withWindow);
  for (let at = 2; ; at++) yield shortName(`${withWindow} ${at}`);
}
