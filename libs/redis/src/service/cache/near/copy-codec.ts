import type { CodecOptions } from '../../../domain/codec/codec.options.js';
import { ApplicationTypes, type ApplicationType } from '../../../domain/codec/json/application-types.js';

/**
 * The codec whose values are kept as copies. A copy is used only by the codec that filled it: another one may refuse the
 * stored bytes, or decode them to something else.
 */
export interface CopyCodec {
  readonly types: ApplicationTypes;
}

/** A codec without application types. */
const PLAIN_CODEC: CopyCodec = Object.freeze({ types: new ApplicationTypes() });

/** By the options, or by the list of the types of a store. */
const known = new WeakMap<object, CopyCodec>();

/**
 * Returns the codec of these options: the same object for the same options.
 * @param storeTypes the types of the store, whose codec applies without options
 * @throws RedisInfraError OPTION_INVALID
 */
export function copyCodecOf(options: CodecOptions | undefined, storeTypes?: readonly ApplicationType[]): CopyCodec {
  const id = options ?? storeTypes;
  if (id === undefined) return PLAIN_CODEC;
  let codec = known.get(id);
  if (codec === undefined)
    known.set(id, (codec = { types: new ApplicationTypes(options === undefined ? storeTypes : options.types) }));
  return codec;
}
