import { open as openRateLimiterFlexible } from './rate-limiter-flexible.mjs';

export const label = 'rate-limiter-flexible, auto-pipelining';

/** Not what its documentation advises, but one option of the client away: it tells how much of a ratio is pipelining alone. */
export const open = (address) => openRateLimiterFlexible(address, { enableAutoPipelining: true });
