import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { CODEC_DEFAULTS, CODEC_OPTIONS, resolveCodecOptions, type CodecOptions } from './codec.options.js';

const KEYS = [{ id: 'a', secret: 'a secret of more than 16 bytes' }];
const pathOf = (options: unknown): unknown =>
  failureNow(() => resolveCodecOptions(options as CodecOptions)).context.path;

describe('codec options', () => {
  it('default to plain JSON with size limits', () => {
    expect(resolveCodecOptions()).toMatchObject(CODEC_DEFAULTS);
    expect(resolveCodecOptions()).toMatchObject({ compression: undefined, encryption: undefined });
    expect(Object.keys(resolveCodecOptions())).toEqual([...CODEC_OPTIONS]);
    expect(resolveCodecOptions().types.isEmpty).toBe(true);
  });

  it('are frozen and expose no secret', () => {
    const resolved = resolveCodecOptions({ encryption: { keys: KEYS } });
    expect(Object.isFrozen(resolved)).toBe(true);
    expect(inspect(resolved, { depth: Infinity, showHidden: true })).not.toContain('a secret of more');
    expect(JSON.stringify(resolved)).not.toContain('a secret of more');
  });

  it('accept compression with encryption only if compressBeforeEncrypt is true', () => {
    const both = (compressBeforeEncrypt?: boolean): CodecOptions => ({
      compression: true,
      encryption: { keys: KEYS, compressBeforeEncrypt },
    });
    expect(pathOf(both())).toBe('codec.encryption.compressBeforeEncrypt');
    expect(pathOf(both(false))).toBe('codec.encryption.compressBeforeEncrypt');
    expect(resolveCodecOptions(both(true)).compression?.algorithm.name).toBe('deflate-raw');
    expect(resolveCodecOptions({ ...both(), compression: false }).compression).toBeUndefined();
  });

  it.each([
    [null, 'codec'],
    [[], 'codec'],
    [{ compresion: true }, 'codec.compresion'],
    [{ serializer: 'xml' }, 'codec.serializer'],
    [{ types: [{}] }, 'codec.types[0].name'],
    [{ compression: 'deflate-raw' }, 'codec.compression'],
    [{ compression: { level: 0 } }, 'codec.compression.level'],
    [{ encryption: {} }, 'codec.encryption'],
    [{ encryption: null }, 'codec.encryption'],
    [{ encryption: false }, 'codec.encryption'],
    [{ compression: null }, 'codec.compression'],
    [{ encryption: { keys: [] } }, 'codec.encryption.keys'],
    [{ maxEncodedBytes: 0 }, 'codec.maxEncodedBytes'],
    [{ maxEncodedBytes: '4MB' }, 'codec.maxEncodedBytes'],
    [{ maxDecodedBytes: 2 ** 30 }, 'codec.maxDecodedBytes'],
    [{ maxDecodedBytes: 1.5 }, 'codec.maxDecodedBytes'],
  ])('are refused with their path if invalid: %j', (options, path) => {
    expect(pathOf(options)).toBe(path);
  });
});
