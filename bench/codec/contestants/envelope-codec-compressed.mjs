import { open as openCodec } from './envelope-codec.mjs';

export const label = 'EnvelopeCodec, compressed';
export const carries = 'everything';

/** The defaults: deflate-raw, level 1, the thread pool from 32 KiB. */
export const open = () => openCodec({ compression: true });
