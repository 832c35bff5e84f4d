import { RedisInfraError, type Outcome } from '../../common/redis-infra.error.js';

/** The name of a key as it may be shown: 8 hexadecimal digits. */
export function formatKid(kid: number): string {
  return kid.toString(16).padStart(8, '0');
}

/** The error of bytes that are too few to be a sealed value. */
export function tooShort(bytes: number, least: number): RedisInfraError {
  return new RedisInfraError('CODEC_MALFORMED', `a sealed value has at least ${least} bytes, this one has ${bytes}`, {
    outcome: 'executed',
    context: { bytes },
  });
}

/** The error of a value whose key is in no ring here; a newer process may have sealed it. */
export function unknownKey(kid: number): RedisInfraError {
  const name = formatKid(kid);
  return new RedisInfraError('CODEC_UNKNOWN_KEY', `the value is sealed with the key ${name}, which is not known here`, {
    outcome: 'executed',
    context: { kid: name },
  });
}

/** The error of a value that its key does not open. */
export function tampered(kid: number): RedisInfraError {
  return new RedisInfraError(
    'CODEC_TAMPERED',
    'the value does not open: it was changed, or sealed for another key, field or tenant',
    { outcome: 'executed', context: { kid: formatKid(kid) } },
  );
}

/** The error of a key provider that has not given keys yet. `problem` is the name of its error, or what its answer lacks. */
export function keysUnavailable(problem: string, outcome: Outcome): RedisInfraError {
  return new RedisInfraError('CODEC_KEY_PROVIDER', 'the key provider has not given any keys yet', {
    outcome,
    context: problem === '' ? {} : { problem },
  });
}
