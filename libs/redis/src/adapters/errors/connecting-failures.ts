import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';

/** The failures of opening a connection, by `context.reason`. */
const REASONS = {
  TLS_NO_ANSWER: {
    retryable: true,
    message:
      'the server accepts connections and does not answer the TLS handshake: it does not use TLS (use redis://, or remove `tls`), or it does not respond',
  },
  TLS_REFUSED: {
    retryable: false,
    message: 'the TLS handshake failed: check that the server uses TLS at this port, and its versions and ciphers',
  },
  TLS_CERTIFICATE: {
    retryable: false,
    message: 'the server certificate is not accepted: check `tls.ca` and the host name',
  },
  TLS_CLIENT_CERTIFICATE: {
    retryable: false,
    message: 'the server requires a client certificate: set `tls.cert` and `tls.key`',
  },
  TLS_CLOSED: {
    retryable: true,
    message:
      'the server closed the connection after the TLS handshake without an answer: it may require a client certificate (`tls.cert` and `tls.key`)',
  },
  NO_ANSWER: {
    retryable: true,
    message:
      'the server closed the connection without an answer: it expects TLS (use rediss://, or `tls`), or it is behind a proxy that does not reach it',
  },
  MASTER_UNREACHABLE: {
    retryable: true,
    message:
      'the master that the Sentinels name cannot be reached: check that its address is reachable from here, or map it with `ioredis.natMap`',
  },
  NOT_A_MASTER: {
    retryable: true,
    message: 'the server that the Sentinels name is a replica: a failover may be in progress',
  },
} as const;

/** A value of `context.reason`. */
export type ConnectingReason = keyof typeof REASONS;

/** The error CONNECTION_FAILED for a connection that could not be opened. It contains no address and no secret. */
export function connectingFailure(reason: ConnectingReason, cause?: unknown): RedisInfraError {
  const { retryable, message } = REASONS[reason];
  const system = systemCodeOf(cause);
  const context: ErrorContext = { reason, ...(system === undefined ? {} : { system }) };
  return new RedisInfraError('CONNECTION_FAILED', system === undefined ? message : `${message} (${system})`, {
    retryable,
    context,
    // The message of a TLS error contains hosts and certificates.
    cause: cause instanceof Error ? new Error(cause.name) : undefined,
  });
}

/** The code of a system or TLS error; undefined for an error without a code. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
