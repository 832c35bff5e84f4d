// An optional package can only be looked for when it is wanted, and a constructor cannot wait for import().
// oxlint-disable-next-line no-restricted-imports
import { createRequire } from 'node:module';
import { join, optionInvalid } from '../../common/options.js';
import type { Packer } from '../../domain/codec/serializers.js';

interface Msgpackr {
  readonly Packr: new (options: object) => Packer;
}

// Records are written into each value: a structure shared between values would be lost with the process that knows it.
const SELF_CONTAINED = { useRecords: false, mapsAsObjects: true };

let packer: Packer | undefined | null = null;

/** msgpackr, if the application has installed it. @throws RedisInfraError OPTION_INVALID where it is needed and not there */
export function findPacker(required: boolean, path: string): Packer | undefined {
  packer = packer === null ? load() : packer;
  if (packer === undefined && required)
    throw optionInvalid(join(path, 'serializer'), "'msgpack' needs the package msgpackr: npm install msgpackr");
  return packer;
}

function load(): Packer | undefined {
  try {
    const { Packr } = createRequire(import.meta.url)('msgpackr') as Msgpackr;
    return new Packr(SELF_CONTAINED);
  } catch {
    return undefined;
  }
}
