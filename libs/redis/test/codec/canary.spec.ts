import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/common/error-codes.js';
import { resolveCodecOptions } from '../../src/domain/codec/codec.options.js';
import { AT, CANARY, canaryCases, SECRET } from './canary.cases.js';
import { codecWith } from './support/codec-with.js';
import { failureOf } from './support/errors-of.js';
import { everythingShownOf, formsOf } from './support/traces.js';

const CASES = await canaryCases();
const FORMS = formsOf(CANARY);

/** Returns the forms of secrets that a text contains. */
const found = (text: string, forms = FORMS): string[] => forms.filter((form) => text.includes(form));

describe('an error of a codec', () => {
  it.each(CASES)('contains no data: $code, $what', async ({ code, call, codec }) => {
    const error = await failureOf(call);
    expect(error.code).toBe(code);
    expect(found(everythingShownOf(error))).toEqual([]);
    expect(found(everythingShownOf(codec.policy))).toEqual([]);
  });

  it('is covered by these cases for every code', () => {
    const codes = Object.keys(ERROR_CODES).filter((code) => code.startsWith('CODEC_'));
    const reached = new Set<string>(CASES.map(({ code }) => code));
    expect(codes.filter((code) => !reached.has(code))).toEqual([]);
  });

  it('is searched for every form of the data, which the search finds', () => {
    const planted = [
      new Error(`text ${CANARY}`),
      new Error('text', { cause: new Error(CANARY) }),
      Object.assign(new Error('text'), { context: { bytes: Buffer.from(`x${CANARY}y`) } }),
      Object.assign(new Error('text'), { bytes: new Uint8Array(Buffer.from(CANARY)) }),
      Object.defineProperty(new Error('text'), 'hidden', { value: { [CANARY]: 1 } }),
      new Error(Buffer.from(`xy${CANARY}z`).toString('base64')),
    ];
    for (const error of planted) expect(found(everythingShownOf(error)).length).toBeGreaterThan(0);
  });
});

describe('a codec and its options', () => {
  const encryption = { keys: [{ id: 'a', secret: SECRET }], tenant: 'acme' };
  const valueKey = Buffer.from(hkdfSync('sha256', SECRET, '', 'v1:value:acme', 32));

  it('expose neither a secret nor a derived key, also after use', async () => {
    const codec = codecWith({ encryption });
    const bytes = await codec.encode(CANARY, AT);
    expect((await codec.decode(bytes, AT)).value).toBe(CANARY);
    for (const thing of [codec, resolveCodecOptions({ encryption })]) {
      const shown = everythingShownOf(thing);
      expect(shown.length).toBeGreaterThan(100);
      expect(found(shown)).toEqual([]);
      expect(found(shown, formsOf(valueKey))).toEqual([]);
    }
  });

  it('expose no field of a provider', async () => {
    class Vault {
      readonly all = [{ id: 'a', secret: SECRET }];
      keys = () => Promise.resolve(this.all);
      primary = () => Promise.resolve('a');
    }
    const codec = codecWith({ encryption: { provider: new Vault() } });
    await codec.encode(CANARY, AT);
    expect(found(everythingShownOf(codec))).toEqual([]);
  });

  it('do not quote an invalid secret', async () => {
    const short = CANARY.slice(0, 15);
    for (const secret of [short, Buffer.from(short), `${CANARY}\ud800`]) {
      const error = await failureOf(() => resolveCodecOptions({ encryption: { keys: [{ id: 'a', secret }] } }));
      expect(error.code).toBe('OPTION_INVALID');
      expect(found(everythingShownOf(error), formsOf(short))).toEqual([]);
    }
  });
});
