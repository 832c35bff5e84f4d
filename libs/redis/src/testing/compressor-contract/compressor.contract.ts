import assert from 'node:assert/strict';
import type { TestRunner } from '../cache-store-contract/contract.harness.js';
import type { CompressorContract, CompressorContractOptions } from './compressor-contract.harness.js';
import { damageContract } from './damage.contract.js';
import { independenceContract } from './independence.contract.js';
import { roundTripContract } from './round-trips.contract.js';

/** The contract of a `Compressor` and its decompressors, as tests. Run it inside a `describe` block. */
export function compressorContract({ test }: Pick<TestRunner, 'test'>, options: CompressorContractOptions): void {
  const { compressor, decompressors } = options;
  const suite: CompressorContract = {
    ...options,
    test,
    bodyOf: async (raw) => {
      const body = await compressor.compress(raw);
      assert(body !== undefined, `${raw.length} bytes were not compressed`);
      return body;
    },
    read: async (body) => decompressors.decompress(compressor.byte, body),
  };
  roundTripContract(suite);
  independenceContract(suite);
  damageContract(suite);
}
