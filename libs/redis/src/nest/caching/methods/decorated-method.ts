import { Logger } from '@nestjs/common';
import { optionInvalid } from '../../../common/options.js';
import { errorOnMethod } from '../../error-on-method.js';
import type { CachePlace, MethodCache, MethodCaches } from './method-cache.js';
import { injectModuleRef, moduleRefOf } from './provider-modules.js';

/** A method that a cache decorator replaces. */
export type AsyncMethod = (...args: never[]) => Promise<unknown>;

/** A decorator of a method that returns a promise. */
export type CacheDecorator = <Method extends AsyncMethod>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** The method that a decorator was applied to. */
export interface DecoratedMethod {
  /** The prototype of the class that declares it. */
  readonly prototype: object;
  readonly name: string;
  /** The function as written in the class, without the wrappers of cache decorators. For its parameters. */
  readonly source: object;
}

/** One call of a decorated method. */
export interface MethodCall {
  readonly self: object;
  readonly args: readonly unknown[];
  /** Runs the method. */
  readonly run: () => Promise<unknown>;
}

/** What a decorator does with the calls of a method. */
export interface MethodAdvice {
  readonly caches: MethodCaches;
  readonly place: CachePlace;
  /** True: values are stored under the default key. */
  readonly hasDefaultKey: boolean;
  /** True: the decorator may be applied several times. */
  readonly isRepeatable: boolean;
  around(call: MethodCall, cache: MethodCache): Promise<unknown>;
}

/** One cache decorator of a method, as the checks at start read it. */
export interface AppliedDecorator {
  readonly decorator: string;
  readonly method: DecoratedMethod;
  readonly place: CachePlace;
  readonly hasDefaultKey: boolean;
}

const APPLIED = 'nestjs-redis-infra:cache-decorators';
const logger = new Logger('Cache');

/** The cache decorators of a method, the innermost first. */
export function decoratorsOf(method: object): readonly AppliedDecorator[] {
  const applied: unknown = Reflect.getOwnMetadata(APPLIED, method);
  return Array.isArray(applied) ? applied : [];
}

/**
 * Creates a decorator that replaces a method by one that applies the advice. The replacement has the name, the length
 * and the metadata of the method, so that it does not matter where other decorators are.
 */
export function cacheDecorator(
  decorator: string,
  adviceFor: (method: DecoratedMethod) => MethodAdvice,
): CacheDecorator {
  return (target, property, descriptor) => {
    try {
      decorate(decorator, adviceFor, { target, property, descriptor });
    } catch (error) {
      throw errorOnMethod(error, typeof target === 'function' ? target : target.constructor, String(property));
    }
  };
}

interface Decorated {
  readonly target: object;
  readonly property: string | symbol;
  readonly descriptor: PropertyDescriptor | undefined;
}

function decorate(
  decorator: string,
  adviceFor: (method: DecoratedMethod) => MethodAdvice,
  { target, property, descriptor }: Decorated,
): void {
  const original: unknown = descriptor?.value;
  if (descriptor === undefined || typeof target === 'function' || !isMethod(original))
    throw optionInvalid(decorator, 'can only decorate a method of a provider, not a static one or an accessor');
  checkReturnType(decorator, target, property);
  const inner = decoratorsOf(original);
  const method = { prototype: target, name: String(property), source: inner[0]?.method.source ?? original };
  const advice = adviceFor(method);
  if (!advice.isRepeatable && inner.some((applied) => applied.decorator === decorator))
    throw optionInvalid(decorator, 'is applied twice here: combine them into one');
  const replacement = replacementOf(original, decorator, method, advice);
  injectModuleRef(target);
  copyMetadata(original, replacement);
  const { place, hasDefaultKey } = advice;
  Reflect.defineMetadata(APPLIED, [...inner, { decorator, method, place, hasDefaultKey }], replacement);
  descriptor.value = replacement;
}

type Method = (...args: unknown[]) => unknown;

function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}

function replacementOf(original: Method, decorator: string, method: DecoratedMethod, advice: MethodAdvice): Method {
  let hasWarned = false;
  const replacement = async function (this: object, ...args: unknown[]): Promise<unknown> {
    const run = async (): Promise<unknown> => promised(Reflect.apply(original, this, args), decorator);
    const moduleRef = moduleRefOf(this);
    if (moduleRef !== undefined) return advice.around({ self: this, args, run }, advice.caches.of(moduleRef));
    if (!hasWarned)
      logger.warn(
        `@${decorator} has no effect on this object of ${method.prototype.constructor.name}: it is not a provider of a NestJS application (method ${method.name})`,
      );
    hasWarned = true;
    return run();
  };
  for (const name of ['name', 'length'] as const)
    Object.defineProperty(replacement, name, { value: original[name], configurable: true });
  return replacement;
}

/** Awaiting another value would hide that the callers of an undecorated method got no promise. */
function promised(result: unknown, decorator: string): unknown {
  if (typeof result === 'object' && result !== null && 'then' in result) return result;
  throw optionInvalid(decorator, 'can only decorate a method that returns a promise: make it async');
}

function checkReturnType(decorator: string, target: object, property: string | symbol): void {
  const type: unknown = Reflect.getMetadata('design:returntype', target, property);
  if (type === String || type === Number || type === Boolean || type === Array)
    throw optionInvalid(decorator, 'can only decorate a method that returns a promise: make it async');
}

function copyMetadata(from: object, to: object): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[])
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
}
