import type { ExecutionContext } from '@nestjs/common';
import { optionInvalid } from '../../../common/options.js';
import type { DecoratorPolicy } from './inline-policy.js';

/** Whom a request is counted for. Undefined or empty is an error, never a count that all share. */
export type SubjectOf = (context: ExecutionContext) => string | undefined | Promise<string | undefined>;

/** How many tokens a request costs: a whole number from 0; 0 only looks. */
export type CostOf = (context: ExecutionContext) => number | Promise<number>;

/** What `@RateLimit` said. */
export interface PoliciesMark {
  readonly policies: readonly DecoratorPolicy[];
  /** What each of them costs, in their order; undefined: what `@RateLimitCost` says. */
  readonly costs: readonly (number | CostOf | undefined)[];
  readonly extend: boolean;
  readonly instance: string | undefined;
}

/** What the decorators left on a class or a method. */
export interface Marks {
  readonly RateLimit: PoliciesMark;
  readonly RateLimitKey: SubjectOf;
  readonly RateLimitCost: number | CostOf;
  readonly SkipRateLimit: 'all' | readonly string[];
}

const PREFIX = 'nestjs-redis-infra:';

/** What the decorator of that name left there; on a class also what it left on the class it extends. */
export function markOf<Name extends keyof Marks>(name: Name, on: object): Marks[Name] | undefined {
  return Reflect.getMetadata(PREFIX + name, on) as Marks[Name] | undefined;
}

/** The decorator that leaves this on a class or a method, once. */
export function marking<Name extends keyof Marks>(name: Name, mark: Marks[Name]): ClassDecorator & MethodDecorator {
  return (target: object, property?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const on: unknown = property === undefined ? target : descriptor?.value;
    if (typeof on !== 'function') throw optionInvalid(name, 'belongs on a class or a method');
    if (Reflect.hasOwnMetadata(PREFIX + name, on))
      throw optionInvalid(name, 'stands there twice: one of them would say nothing');
    Reflect.defineMetadata(PREFIX + name, mark, on);
  };
}
