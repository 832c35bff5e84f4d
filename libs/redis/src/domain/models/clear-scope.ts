import { checkBoolean, checkOptions, optionInvalid } from '../../common/options.js';
import type { ClearOptions } from '../cache-store.js';

/**
 * Checks the options of `clear`. With an empty key prefix it requires `wholeDatabase`.
 * @throws RedisInfraError OPTION_INVALID
 */
export function checkClear(options: ClearOptions, keyPrefix: string): void {
  checkOptions(options, ['wholeDatabase'], 'clear');
  const wholeDatabase = checkBoolean(options.wholeDatabase ?? false, 'clear.wholeDatabase');
  if (keyPrefix === '' && !wholeDatabase) {
    throw optionInvalid(
      'keyPrefix',
      'is empty, so clear() would remove every key of the database: set a prefix, or pass { wholeDatabase: true }',
    );
  }
}
