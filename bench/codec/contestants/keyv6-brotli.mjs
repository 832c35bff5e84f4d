import { brotli } from '../keyv-adapters.mjs';
import { open as openKeyv } from './keyv6.mjs';

export const label = 'keyv 6 + brotli';
export const carries = 'JSON only';

export const open = () => ({ ...openKeyv({ compression: brotli }), usesPool: true });
