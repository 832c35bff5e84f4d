import { describe, expect, it } from 'vitest';
import { checkCase } from './fuzz/fuzz-properties.js';
import { FuzzRandom } from './fuzz/fuzz-random.js';
import { runFuzz } from './fuzz/run-fuzz.js';
import { codecOf } from './golden-source/golden-vector.js';
import { watchPrototypes } from './support/prototypes.js';
import { envelopeBytes, richBytes } from './support/envelope-bytes.js';

const CASES = 20_000;
const TIMEOUT_MS = 120_000;
/** The seed of the test suite; `npm run fuzz` accepts others. */
const SEED = 20_251;

const AT = { key: 'app:k' };

/** Inputs that an earlier version decoded incorrectly, with the failure. */
const FOUND: readonly (readonly [problem: string, bytes: Buffer])[] = [
  ['a number named __proto__ was decoded as Object.prototype', richBytes('__proto__', [['number']])],
  ['a number named constructor was decoded as Object', richBytes({ a: ['constructor'] }, [['number', 'a', 0]])],
  [
    'the representation of a number changed Object.prototype',
    richBytes({ a: '__proto__' }, [
      ['number', 'a'],
      ['undefined', 'a', 'toString'],
    ]),
  ],
  ['the length of an array was replaced', richBytes([[1, 2]], [['date', 0, 'length']])],
  [
    'restored bytes were overwritten',
    richBytes({ b: 'AAAA' }, [
      ['buffer', 'b'],
      ['date', 'b', 0],
    ]),
  ],
  [
    'the stack of an error was replaced',
    richBytes({ e: { name: 'Error', message: 'm' } }, [
      ['error', 'e'],
      ['buffer', 'e', 'stack'],
    ]),
  ],
  ['a map with one column was accepted', richBytes([['key']], [['map']])],
  [
    'binary MessagePack was a view of the input',
    envelopeBytes({ serializer: 4, body: Buffer.from('92c40301020390', 'hex') }),
  ],
  [
    'padding of a value that is not sealed was part of the value',
    envelopeBytes({ flags: 2, body: Buffer.from('0000000131', 'hex') }),
  ],
];

describe('fuzzing the codec', () => {
  it(
    `holds for ${CASES} cases`,
    async () => {
      const { outcomes } = await runFuzz({ seed: SEED, cases: CASES });
      const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
      expect(total).toBe(CASES);
      // A fuzzer that only ever meets the first check tests nothing else.
      for (const kind of ['table', 'envelope', 'compressed', 'msgpack', 'sealed', 'mutated', 'spliced', 'foreign']) {
        expect(outcomes.get(`${kind}: value`)).toBeGreaterThan(0);
      }
      const codes = new Set([...outcomes.keys()].map((key) => key.split(': ')[1]));
      for (const code of [
        'MALFORMED',
        'DESERIALIZE',
        'DECOMPRESS',
        'TOO_LARGE',
        'UNSUPPORTED',
        'UNKNOWN_KEY',
        'TAMPERED',
      ]) {
        expect(codes).toContain(`CODEC_${code}`);
      }
    },
    TIMEOUT_MS,
  );

  it('generates the same cases for the same seed, and others for another seed', async () => {
    const outcomesOf = async (seed: number): Promise<unknown> => [...(await runFuzz({ seed, cases: 300 })).outcomes];
    expect(await outcomesOf(1)).toEqual(await outcomesOf(1));
    expect(await outcomesOf(1)).not.toEqual(await outcomesOf(2));
    expect(new FuzzRandom(1, 5).bytes(8)).toEqual(new FuzzRandom(1, 5).bytes(8));
    expect(new FuzzRandom(1, 5).bytes(8)).not.toEqual(new FuzzRandom(1, 6).bytes(8));
  });

  it.each(FOUND)('does not repeat the failure: %s', async (problem, bytes) => {
    const changes = watchPrototypes();
    const outcome = await checkCase({ kind: 'found', bytes, at: AT, codec: codecOf() }, true);
    expect(outcome).toMatch(problem.startsWith('binary') ? /^value$/ : /^CODEC_(DESERIALIZE|UNSUPPORTED)$/);
    expect(changes()).toEqual([]);
  });
});
