import { open as openIoredis } from './ioredis.mjs';

export const label = 'ioredis auto-pipelining';

/** `enableAutoPipelining: true`, as its documentation recommends. */
export const open = (address) => openIoredis(address, { enableAutoPipelining: true });
