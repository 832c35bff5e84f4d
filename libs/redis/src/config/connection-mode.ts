import { checkOneOf, optionInvalid } from '../common/options.js';
import { namesOf } from '../common/records.js';
import type { OptionPath } from './option-path.js';
import type { RedisConfigOptions, RedisMode } from './redis-config.options.js';

const ALL_MODES = ['standalone', 'cluster', 'sentinel', 'memory'] as const satisfies readonly RedisMode[];
const WITH_SERVER = ['standalone', 'cluster', 'sentinel'] as const;

/** The options of the address, the credentials and TLS, and the modes in which each can be used. */
const ADDRESS_OPTIONS = {
  host: ['standalone'],
  port: ['standalone'],
  path: ['standalone'],
  nodes: ['cluster'],
  sentinels: ['sentinel'],
  sentinelName: ['sentinel'],
  sentinelUsername: ['sentinel'],
  sentinelPassword: ['sentinel'],
  sentinelTls: ['sentinel'],
  family: WITH_SERVER,
  db: WITH_SERVER,
  username: WITH_SERVER,
  password: WITH_SERVER,
  tls: WITH_SERVER,
} as const satisfies Partial<Record<keyof RedisConfigOptions, readonly RedisMode[]>>;

/**
 * The option `mode`, or the mode that follows from the other options. @throws RedisInfraError OPTION_INVALID for an
 * option of another mode
 */
export function resolveMode(options: RedisConfigOptions, at: OptionPath): RedisMode {
  const mode = options.mode === undefined ? inferMode(options) : checkOneOf(options.mode, at('mode'), ALL_MODES);
  for (const name of namesOf(ADDRESS_OPTIONS)) {
    const modes: readonly RedisMode[] = ADDRESS_OPTIONS[name];
    if (options[name] !== undefined && !modes.includes(mode)) {
      throw optionInvalid(at(name), `cannot be used in ${mode} mode, only in ${modes.join(', ')}`);
    }
  }
  return mode;
}

function inferMode(options: RedisConfigOptions): RedisMode {
  if (options.nodes !== undefined) return 'cluster';
  if (options.sentinels !== undefined || options.sentinelName !== undefined) return 'sentinel';
  return 'standalone';
}
