import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';

/** What happened when a connection was opened, as `context.reason` names it, and what that means for who reads the message. */
const REASONS = {
  TLS_NO_ANSWER: {
    retryable: true,
    message:
      'the server accepts connections and does not answer the TLS handshake: it does not speak TLS (use redis://, or leave `tls` away), or it does not respond',
  },
  TLS_REFUSED: {
    retryable: false,
    message: 'the TLS handshake failed: check that the server speaks TLS at this port, and its versions and ciphers',
  },
  TLS_CERTIFICATE: {
    retryable: false,
    message: 'the certificate of the server is not accepted: check `tls.ca` and the host name',
  },
  TLS_CLIENT_CERTIFICATE: {
    retryable: false,
    message: 'the server asks for a certificate of the client: set `tls.cert` and `tls.key`',
  },
  TLS_CLOSED: {
    retryable: true,
    message:
      'the server closed the connection after the TLS handshake, before it answered: it may ask for a certificate of the client (`tls.cert` and `tls.key`)',
  },
  NO_ANSWER: {
    retryable: true,
    message:
      'the server closed the connection before it answered: it expects TLS (use rediss://, or `tls`), or it is behind a proxy that does not reach it',
  },
  MASTER_UNREACHABLE: {
    retryable: true,
    message:
      'the master that the Sentinels name cannot be reached: check that its address is reachable from here, else map it with `ioredis.natMap`',
  },
  NOT_A_MASTER: {
    retryable: true,
    message: 'the server that the Sentinels name is a replica: a failover may be in progress',
  },
} as const;

export type ConnectingReason = keyof typeof REASONS;

/** The error for a connection that could not be opened. Its code is CONNECTION_FAILED; no message holds an address or a secret. */
export function connectingFailure(reason: ConnectingReason, cause?: unknown): RedisInfraError {
  const { retryable, message } = REASONS[reason];
  const system = systemCodeOf(cause);
  const context: ErrorContext = { reason, ...(system === undefined ? {} : { system }) };
  return new RedisInfraError('CONNECTION_FAILED', system === undefined ? message : `${message} (${system})`, {
    retryable,
    context,
    // The text of an error of TLS names hosts and certificates.
    cause: cause instanceof Error ? new Error(cause.name) : undefined,
  });
}

/** The code of an error of the system or of TLS; undefined where it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
