import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { isRecord } from '../../../common/records.js';

/** A method of a class that Nest instantiates. */
export interface HandlerOfClass {
  readonly type: Type;
  readonly method: (...args: unknown[]) => unknown;
  /** For messages, for example `Cities.list`. */
  readonly name: string;
}

/**
 * The classes of all controllers and providers of an application, each once. Excludes modules that are loaded later.
 */
export function* classesOf(modules: ModulesContainer): Generator<Type> {
  const seen = new Set<Type>();
  for (const { controllers, providers } of modules.values())
    for (const { metatype } of [...controllers.values(), ...providers.values()]) {
      if (!isClass(metatype) || seen.has(metatype)) continue;
      seen.add(metatype);
      yield metatype;
    }
}

/** All methods of all classes of an application. */
export function* handlersOf(modules: ModulesContainer): Generator<HandlerOfClass> {
  for (const type of classesOf(modules)) yield* methodsOf(type);
}

/** The methods of a class: its own, and those that it inherits and does not override. */
export function* methodsOf(type: Type): Generator<HandlerOfClass> {
  const seen = new Set(['constructor']);
  let proto: unknown = type.prototype;
  for (; isRecord(proto) && proto !== Object.prototype; proto = Object.getPrototypeOf(proto))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (seen.has(name)) continue;
      seen.add(name);
      if (isMethod(value)) yield { type, method: value, name: `${type.name}.${name}` };
    }
}

function isMethod(value: unknown): value is HandlerOfClass['method'] {
  return typeof value === 'function';
}

/** False for the usual factory of a provider: an arrow or async function has no prototype. */
function isClass(metatype: unknown): metatype is Type {
  if (typeof metatype !== 'function') return false;
  return isRecord(metatype.prototype);
}
