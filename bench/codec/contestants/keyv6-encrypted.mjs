import { encryption } from '../keyv-adapters.mjs';
import { open as openKeyv } from './keyv6.mjs';

export const label = 'keyv 6 + AES-256-GCM';
export const carries = 'JSON only';

export const open = () => openKeyv({ encryption: encryption() });
