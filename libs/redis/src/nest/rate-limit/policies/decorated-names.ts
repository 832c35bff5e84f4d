import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import { classesOf, methodsOf } from './application-handlers.js';
import { metadataOf, type RateLimitMetadata } from './rate-limit.metadata.js';

interface PolicyLookup {
  has(name: string): boolean;
}

/**
 * Checks the policy names in all decorators when the application starts, so that a typo fails the start and not a
 * request. Handlers of modules that are loaded later are checked with their first request.
 * @throws RedisInfraError OPTION_INVALID when a decorator names a policy that this instance does not have
 */
export function checkDecoratedNames(
  modules: ModulesContainer,
  instance: string | undefined,
  modulePolicies: PolicyLookup,
): void {
  for (const type of classesOf(modules)) checkClass(type, instance, modulePolicies);
}

function checkClass(type: Type, instance: string | undefined, modulePolicies: PolicyLookup): void {
  const ofClass = metadataOf('RateLimit', type);
  if (ofClass?.instance === instance) checkMetadata(ofClass, type.name, modulePolicies);
  for (const { method, name } of methodsOf(type)) {
    const metadata = metadataOf('RateLimit', method);
    if ((metadata?.instance ?? ofClass?.instance) === instance) checkMetadata(metadata, name, modulePolicies);
  }
}

function checkMetadata(metadata: RateLimitMetadata | undefined, target: string, modulePolicies: PolicyLookup): void {
  const names = metadata?.policies.filter((policy) => typeof policy === 'string') ?? [];
  const unknown = names.find((name) => !modulePolicies.has(name));
  if (unknown === undefined) return;
  throw optionInvalid(
    'rateLimit.policies',
    `no policy is named '${unknown}', which @RateLimit on ${target} uses: add the policy or correct the name`,
  );
}
