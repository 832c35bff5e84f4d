import { encryption, gzip } from '../keyv-adapters.mjs';
import { open as openKeyv } from './keyv6.mjs';

export const label = 'keyv 6 + gzip + AES-256-GCM';
export const carries = 'JSON only';

export const open = () => openKeyv({ compression: gzip, encryption: encryption() });
