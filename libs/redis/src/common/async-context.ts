import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/**
 * Runs work outside the async context of any request (`AsyncLocalStorage`): in the context in which this module was loaded. Timers and
 * sockets keep the context in which they are created for as long as they live. Created inside, they would keep the first request's
 * store in memory, and show it to everything that they lead to, whichever request that is for.
 * @see https://nodejs.org/api/async_context.html#static-method-asynclocalstoragesnapshot
 */
export const outsideRequests: <T>(work: () => T) => T = AsyncLocalStorage.snapshot();

/** The async context of a caller, in which something runs later that is for that caller. It costs an allocation. */
export function callerContext(): AsyncResource {
  return new AsyncResource('RedisInfraCall');
}
