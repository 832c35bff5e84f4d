import { sealing } from '../sealing.mjs';
import { open as openCodec } from './envelope-codec.mjs';

export const label = 'EnvelopeCodec, sealed';
export const carries = 'everything';

export const open = () => openCodec(sealing());
