import { checkBoolean, checkOptions, optionInvalid } from '../../common/options.js';
import type { ClearOptions } from '../cache-store.js';

/**
 * Refuses to clear without a prefix of one's own, unless the caller says that the whole database is meant.
 * @throws RedisInfraError OPTION_INVALID
 */
export function checkClear(options: ClearOptions, keyPrefix: string): void {
  checkOptions(options, ['wholeDatabase'], 'clear');
  const wholeDatabase = checkBoolean(options.wholeDatabase ?? false, 'clear.wholeDatabase');
  if (keyPrefix === '' && !wholeDatabase) {
    throw optionInvalid(
      'keyPrefix',
      'is empty, so clear() would remove every key of the database: give a prefix, or say { wholeDatabase: true }',
    );
  }
}
