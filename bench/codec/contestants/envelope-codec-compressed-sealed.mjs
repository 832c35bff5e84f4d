import { compressedSealing } from '../sealing.mjs';
import { open as openCodec } from './envelope-codec.mjs';

export const label = 'EnvelopeCodec, compressed and sealed';
export const carries = 'everything';

export const open = () => openCodec(compressedSealing());
