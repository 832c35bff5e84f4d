// The package is optional, so it is loaded when it is needed. A constructor cannot await import().
// oxlint-disable-next-line no-restricted-imports
import { createRequire } from 'node:module';
import { join, optionInvalid } from '../../common/options.js';
import type { Packer } from '../../domain/codec/serializers.js';

interface Msgpackr {
  readonly Packr: new (options: object) => Packer;
}

// Each value is self-contained. Record structures shared between values would be lost when the process exits.
const SELF_CONTAINED = { useRecords: false, mapsAsObjects: true };

let packer: Packer | undefined | null = null;

/** msgpackr, if it is installed. @throws RedisInfraError OPTION_INVALID if it is required and not installed */
export function findPacker(required: boolean, path: string): Packer | undefined {
  packer = packer === null ? load() : packer;
  if (packer === undefined && required)
    throw optionInvalid(join(path, 'serializer'), "'msgpack' needs the package msgpackr: npm install msgpackr");
  return packer;
}

function load(): Packer | undefined {
  try {
    // A bundle in CommonJS has a file name and no import.meta.
    const here = typeof __filename === 'string' ? __filename : import.meta.url;
    const { Packr } = createRequire(here)('msgpackr') as Msgpackr;
    return new Packr(SELF_CONTAINED);
  } catch {
    return undefined;
  }
}
