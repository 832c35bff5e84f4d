import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/**
 * Runs work outside the async context of any request (`AsyncLocalStorage`), in the context in which this module was
 * loaded. Timers and sockets keep the context in which they are created. Created inside a request, they would keep its
 * store in memory and expose it to the callbacks of other requests.
 * @see https://nodejs.org/api/async_context.html#static-method-asynclocalstoragesnapshot
 */
export const outsideRequests: <T>(work: () => T) => T = AsyncLocalStorage.snapshot();

/** Captures the caller's async context, to run a callback in it later. Costs one allocation. */
export function callerContext(): AsyncResource {
  return new AsyncResource('RedisInfraCall');
}
