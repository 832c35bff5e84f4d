import { open as openIoredis } from './ioredis.mjs';

export const label = 'ioredis auto-pipelining';

/** `enableAutoPipelining: true` is all its documentation asks for. */
export const open = (address) => openIoredis(address, { enableAutoPipelining: true });
