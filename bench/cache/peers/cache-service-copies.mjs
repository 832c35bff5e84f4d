import { open as openShared } from './cache-service.mjs';

export const label = 'CacheService, own copies';

export const open = (parts) => openShared(parts, { shared: false });
