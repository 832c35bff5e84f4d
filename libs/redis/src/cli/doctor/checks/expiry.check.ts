import { RedisInfraError } from '../../../common/redis-infra.error.js';
import { isInternalKey } from '../../../domain/models/internal-keys.js';
import { formatCount } from '../../terminal/figures.js';
import type { Examination } from '../examination.js';
import { unchecked, type Finding } from '../finding.js';

interface KeyCount {
  readonly scanned: number;
  readonly withoutTtl: number;
  /** Whether these are all keys. */
  readonly isComplete: boolean;
}

/** Looks for keys under the prefix that never expire. They are the usual reason for a full server. */
export async function checkExpiry(examination: Examination): Promise<Finding[]> {
  const { info, adapter, keyPrefix } = examination;
  const { keys, expires } = info?.keyspace ?? { keys: undefined, expires: 0 };
  if (adapter.mode !== 'cluster' && keys === expires)
    return [{ check: 'expiry', severity: 'ok', message: `All ${formatCount(expires)} keys of the server expire.` }];
  try {
    const { scanned, withoutTtl, isComplete } = await countKeys(examination);
    const all = `${isComplete ? 'all' : 'a sample of'} ${formatCount(scanned)} keys${keyPrefix === '' ? '' : ` of ${keyPrefix}*`}`;
    if (withoutTtl === 0) return [{ check: 'expiry', severity: 'ok', message: `A ttl is set for ${all}.` }];
    return [
      {
        check: 'expiry',
        severity: 'warning',
        message: `${formatCount(withoutTtl)} of ${all} have no ttl: they stay until they are deleted.`,
        remedy: 'Pass a ttl when you store them. For those that exist: nestjs-redis-infra cleanup.',
      },
    ];
  } catch (error) {
    if (error instanceof RedisInfraError && error.code === 'COMMAND_FAILED')
      return [unchecked('expiry', 'SCAN and PTTL')];
    throw error;
  }
}

async function countKeys({ adapter, sample, io }: Examination): Promise<KeyCount> {
  let scanned = 0;
  let withoutTtl = 0;
  for await (const { keys } of adapter.can?.keys?.scan() ?? []) {
    const values = keys.filter((key) => !isInternalKey(key)).slice(0, sample - scanned);
    const ttls = await Promise.all(values.map((key) => adapter.ttl(key)));
    scanned += values.length;
    withoutTtl += ttls.filter((ttl) => ttl === null).length;
    if (scanned >= sample) return { scanned, withoutTtl, isComplete: false };
    io.signal.throwIfAborted();
  }
  return { scanned, withoutTtl, isComplete: true };
}
