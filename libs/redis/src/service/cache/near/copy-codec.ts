import type { CodecOptions } from '../../../domain/codec/codec.options.js';
import { ApplicationTypes } from '../../../domain/codec/json/application-types.js';

/**
 * The codec whose values are kept as copies. A copy is used only by the codec that filled it: another one may refuse the
 * stored bytes, or decode them to something else.
 */
export interface CopyCodec {
  readonly types: ApplicationTypes;
}

/** The codec of the store. */
const STORE_CODEC: CopyCodec = Object.freeze({ types: new ApplicationTypes() });

const known = new WeakMap<CodecOptions, CopyCodec>();

/** Returns the codec of these options: the same object for the same options. @throws RedisInfraError OPTION_INVALID */
export function copyCodecOf(options: CodecOptions | undefined): CopyCodec {
  if (options === undefined) return STORE_CODEC;
  let codec = known.get(options);
  if (codec === undefined) known.set(options, (codec = { types: new ApplicationTypes(options.types) }));
  return codec;
}
