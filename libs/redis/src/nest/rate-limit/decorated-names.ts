import type { ModulesContainer } from '@nestjs/core';
import { optionInvalid } from '../../common/options.js';
import { markOf, type PoliciesMark } from './rate-limit.metadata.js';

type Class = abstract new (...args: never[]) => object;

interface Known {
  has(name: string): boolean;
}

/**
 * Looks through an application that starts, so that a name misspelt in a decorator is found before a request comes. What is loaded later
 * is looked at with its first request.
 * @throws RedisInfraError OPTION_INVALID where a decorator names a policy that this instance does not have
 */
export function checkDecoratedNames(modules: ModulesContainer, instance: string | undefined, known: Known): void {
  for (const { controllers, providers } of modules.values())
    for (const { metatype } of [...controllers.values(), ...providers.values()])
      if (isClass(metatype)) checkClass(metatype, instance, known);
}

function checkClass(type: Class, instance: string | undefined, known: Known): void {
  const ofClass = markOf('RateLimit', type);
  if (ofClass?.instance === instance) checkMark(ofClass, type.name, known);
  for (const [name, method] of methodsOf(type)) {
    const mark = markOf('RateLimit', method);
    if ((mark?.instance ?? ofClass?.instance) === instance) checkMark(mark, `${type.name}.${name}`, known);
  }
}

function checkMark(mark: PoliciesMark | undefined, place: string, known: Known): void {
  const names = mark?.policies.filter((policy) => typeof policy === 'string') ?? [];
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw optionInvalid(
    'rateLimit.policies',
    `there is no policy named '${unknown}', which @RateLimit on ${place} holds requests to`,
  );
}

/** Its own methods and those it inherits. */
function methodsOf(type: Class): [string, object][] {
  const methods: [string, object][] = [];
  let proto = type.prototype as object | null;
  for (; proto !== null; proto = Object.getPrototypeOf(proto) as object | null)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto)))
      if (typeof value === 'function') methods.push([name, value as object]);
  return methods;
}

/** A factory is no class, and neither has it decorators. */
function isClass(metatype: unknown): metatype is Class {
  if (typeof metatype !== 'function') return false;
  const { prototype } = metatype as { prototype?: unknown };
  return typeof prototype === 'object' && prototype !== null;
}
