import type { ExecutionContext } from '@nestjs/common';
import { optionInvalid } from '../../../common/options.js';
import type { DecoratorPolicy } from './inline-policy.js';

/**
 * Returns the subject that a request is counted for. Undefined or an empty string is an error: requests never share a
 * default subject.
 */
export type SubjectOf = (context: ExecutionContext) => string | undefined | Promise<string | undefined>;

/**
 * Returns the tokens that a request costs: a whole number from 0. 0 charges nothing and still needs room for one token.
 */
export type CostOf = (context: ExecutionContext) => number | Promise<number>;

/** The arguments of `@RateLimit`. */
export interface RateLimitMetadata {
  readonly policies: readonly DecoratorPolicy[];
  /** The cost of each policy, in the same order. Undefined: that of `@RateLimitCost`. */
  readonly costs: readonly (number | CostOf | undefined)[];
  readonly extend: boolean;
  readonly instance: string | undefined;
}

/** The metadata that the decorators define on a class or a method. */
export interface DecoratorMetadata {
  readonly RateLimit: RateLimitMetadata;
  readonly RateLimitKey: SubjectOf;
  readonly RateLimitCost: number | CostOf;
  readonly SkipRateLimit: 'all' | readonly string[];
}

const PREFIX = 'nestjs-redis-infra:';

/** The metadata of the decorator `name` on a class or a method. A class inherits the metadata of its base class. */
export function metadataOf<Name extends keyof DecoratorMetadata>(
  name: Name,
  on: object,
): DecoratorMetadata[Name] | undefined {
  return Reflect.getMetadata(PREFIX + name, on) as DecoratorMetadata[Name] | undefined;
}

/** Creates a decorator that defines metadata on a class or a method, and throws if it is defined there already. */
export function metadataDecorator<Name extends keyof DecoratorMetadata>(
  name: Name,
  value: DecoratorMetadata[Name],
): ClassDecorator & MethodDecorator {
  return (target: object, property?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const on: unknown = property === undefined ? target : descriptor?.value;
    if (typeof on !== 'function') throw optionInvalid(name, 'can only decorate a class or a method');
    if (Reflect.hasOwnMetadata(PREFIX + name, on))
      throw optionInvalid(name, `is applied twice here: combine them into one @${name}`);
    Reflect.defineMetadata(PREFIX + name, value, on);
  };
}
