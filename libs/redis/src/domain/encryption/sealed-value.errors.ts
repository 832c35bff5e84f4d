import { RedisInfraError, type Outcome } from '../../common/redis-infra.error.js';

/** Formats a kid as 8 hexadecimal digits. */
export function formatKid(kid: number): string {
  return kid.toString(16).padStart(8, '0');
}

/** Creates the error of bytes that are too short for a sealed value. */
export function tooShort(bytes: number, min: number): RedisInfraError {
  return new RedisInfraError('CODEC_MALFORMED', `a sealed value has at least ${min} bytes, this one has ${bytes}`, {
    outcome: 'executed',
    context: { bytes },
  });
}

/** Creates the error of a value whose key is not configured. A process with newer keys may have sealed it. */
export function unknownKey(kid: number): RedisInfraError {
  const name = formatKid(kid);
  return new RedisInfraError('CODEC_UNKNOWN_KEY', `the value is sealed with the key ${name}, which is not configured`, {
    outcome: 'executed',
    context: { kid: name },
  });
}

/** Creates the error of a value that fails authentication. */
export function tampered(kid: number): RedisInfraError {
  return new RedisInfraError(
    'CODEC_TAMPERED',
    'the value does not open: it was changed, or sealed for another key, field or tenant',
    { outcome: 'executed', context: { kid: formatKid(kid) } },
  );
}

/**
 * Creates the error of a key provider that has not returned keys yet. `problem` is the name of its error, or the
 * problem of its keys.
 */
export function keysUnavailable(problem: string, outcome: Outcome): RedisInfraError {
  return new RedisInfraError('CODEC_KEY_PROVIDER', 'the key provider has not returned any keys yet', {
    outcome,
    context: problem === '' ? {} : { problem },
  });
}
