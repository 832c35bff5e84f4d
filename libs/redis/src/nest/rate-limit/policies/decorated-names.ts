import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../../../common/options.js';
import { classesOf, methodsOf } from './application-handlers.js';
import { markOf, type PoliciesMark } from './rate-limit.metadata.js';

interface PolicyLookup {
  has(name: string): boolean;
}

/**
 * Looks through an application that starts, so that a name misspelt in a decorator is found before a request comes. What is loaded later
 * is looked at with its first request.
 * @throws RedisInfraError OPTION_INVALID where a decorator names a policy that this instance does not have
 */
export function checkDecoratedNames(
  modules: ModulesContainer,
  instance: string | undefined,
  known: PolicyLookup,
): void {
  for (const type of classesOf(modules)) checkClass(type, instance, known);
}

function checkClass(type: Type, instance: string | undefined, known: PolicyLookup): void {
  const ofClass = markOf('RateLimit', type);
  if (ofClass?.instance === instance) checkMark(ofClass, type.name, known);
  for (const { method, name } of methodsOf(type)) {
    const mark = markOf('RateLimit', method);
    if ((mark?.instance ?? ofClass?.instance) === instance) checkMark(mark, name, known);
  }
}

function checkMark(mark: PoliciesMark | undefined, place: string, known: PolicyLookup): void {
  const names = mark?.policies.filter((policy) => typeof policy === 'string') ?? [];
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw optionInvalid(
    'rateLimit.policies',
    `there is no policy named '${unknown}', which @RateLimit on ${place} holds requests to`,
  );
}
