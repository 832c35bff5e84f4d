/**
 * Seam: `cluster.handleError`.
 * Why: after TRYAGAIN (a command whose keys are on both nodes of a slot that moves) ioredis sends the command again
 * after a delay, to a random node, even when its caller no longer waits.
 * Upstream: ioredis `lib/cluster/index.ts` (`handleError`, `retryDelayOnTryAgain`).
 */
import type { Cluster } from 'ioredis';

/** Passes TRYAGAIN to the caller, who knows which keys can be sent one by one. */
export function rejectTryAgain(client: Cluster): void {
  const handle = client.handleError.bind(client);
  client.handleError = (error, ttl, handlers: { readonly defaults: () => void }) => {
    if (error.message.startsWith('TRYAGAIN')) handlers.defaults();
    else handle(error, ttl, handlers);
  };
}
