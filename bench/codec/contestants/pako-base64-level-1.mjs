import { open as openChain } from './pako-base64.mjs';

export const label = 'JSON + pako level 1 + base64';
export const carries = 'JSON only';

export const open = () => openChain({ level: 1 });
