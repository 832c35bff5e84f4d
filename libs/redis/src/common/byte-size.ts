import { checkInteger, optionInvalid } from './options.js';

/** A size: a number of bytes, or a number with its unit (`'1kb'` is 1024 bytes). */
export type ByteSize = number | `${number}${'kb' | 'mb' | 'gb'}`;

const SIZE = /^(\d+(?:\.\d+)?)(kb|mb|gb)$/;
const UNIT_BYTES: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Converts a size to bytes. @throws RedisInfraError OPTION_INVALID with the path of the option */
export function byteSize(value: unknown, path: string): number {
  if (typeof value === 'string') {
    const [, number, unit] = SIZE.exec(value) ?? [];
    if (number === undefined || unit === undefined)
      throw optionInvalid(path, "must be a number of bytes, or a string like '512kb', '64mb', '1gb'");
    return byteSize(Math.floor(Number(number) * (UNIT_BYTES[unit] ?? 1)), path);
  }
  return checkInteger(value, path, { min: 1, max: Number.MAX_SAFE_INTEGER });
}
