/**
 * Seam: any method of an ioredis object; the other files replace methods through it where its type allows no
 * replacement.
 * Why: some methods are private, others have many overloads, so TypeScript accepts no function in their place. A
 * version of ioredis without the method must fail immediately, and not leave out what the replacement guarantees.
 * Upstream: ioredis `lib/Redis.ts`, `lib/cluster/index.ts` and `lib/utils/Commander.ts`.
 */
import { RedisInfraError } from '../../common/redis-infra.error.js';

export type Method = (...args: unknown[]) => unknown;

/** The callback that ioredis passes to its own commands. */
export type ReplyCallback = (error: Error | null | undefined, reply?: unknown) => void;

/**
 * Replaces a method. `replacement` receives the original, bound to its object.
 * @returns the original
 * @throws RedisInfraError UNSUPPORTED when the object has no such method
 */
export function replaceMethod(owner: object, name: string, replacement: (original: Method) => Method): Method {
  const method: unknown = Reflect.get(owner, name);
  if (typeof method !== 'function')
    throw new RedisInfraError('UNSUPPORTED', `this version of ioredis has no method ${name}, which this package needs`);
  const original: Method = (...args) => Reflect.apply(method, owner, args);
  Reflect.set(owner, name, replacement(original));
  return original;
}

export function isReplyCallback(candidate: unknown): candidate is ReplyCallback {
  return typeof candidate === 'function';
}
