import { open as openRateLimiterFlexible } from './rate-limiter-flexible.mjs';

export const label = 'rate-limiter-flexible, auto-pipelining';

/**
 * Not recommended by its documentation, but a single option of the client: it shows the share of pipelining in a ratio.
 */
export const open = (address) => openRateLimiterFlexible(address, { enableAutoPipelining: true });
