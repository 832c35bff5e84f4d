/**
 * Whose fault an error is. Caches and rate limiters decide by it whether they work around the error or throw it:
 * - `caller`: the call is wrong, or came at the wrong time; an available store would also reject it.
 * - `store`: the store is unavailable or slow, or refuses the command.
 * - `value`: a value cannot be read by this process, or is too large.
 * - `key-provider`: the application's key provider returns no encryption keys.
 * - `loader`: the application's loader takes too long.
 * - `subject`: the subject of a rate limit has no tokens left.
 */
export type Fault = 'caller' | 'store' | 'value' | 'key-provider' | 'loader' | 'subject';

interface ErrorCodeRow {
  /** Whether the same call may succeed when it is repeated. An error may state otherwise. */
  readonly retryable: boolean;
  readonly fault: Fault;
}

/**
 * Every error code of this package. `docs/errors.md` documents the meaning and the remedy of each code; a test compares
 * the two tables.
 * @see docs/decisions/0005-error-codes-and-outcomes.md
 */
export const ERROR_CODES = {
  OPTION_INVALID: { retryable: false, fault: 'caller' },
  VALUE_INVALID: { retryable: false, fault: 'caller' },
  KEY_INVALID: { retryable: false, fault: 'caller' },
  CONNECTION_FAILED: { retryable: true, fault: 'store' },
  DEADLINE_EXCEEDED: { retryable: true, fault: 'store' },
  CIRCUIT_OPEN: { retryable: true, fault: 'store' },
  OVERLOADED: { retryable: true, fault: 'store' },
  COMMAND_FAILED: { retryable: false, fault: 'store' },
  WRONG_TYPE: { retryable: false, fault: 'caller' },
  READ_ONLY: { retryable: true, fault: 'store' },
  OUT_OF_MEMORY: { retryable: true, fault: 'store' },
  UNSUPPORTED: { retryable: false, fault: 'caller' },
  CROSS_SHARD: { retryable: false, fault: 'caller' },
  UNSUPPORTED_WHILE_DOWN: { retryable: true, fault: 'store' },
  LOAD_TIMEOUT: { retryable: true, fault: 'loader' },
  LOAD_FAILED: { retryable: true, fault: 'loader' },
  JOURNAL_FAILED: { retryable: false, fault: 'store' },
  LOCK_HELD: { retryable: true, fault: 'caller' },
  LOCK_LOST: { retryable: true, fault: 'caller' },
  CLOSED: { retryable: false, fault: 'caller' },
  RATE_LIMITED: { retryable: true, fault: 'subject' },
  LIMITER_UNAVAILABLE: { retryable: true, fault: 'store' },
  CODEC_SERIALIZE: { retryable: false, fault: 'caller' },
  CODEC_DECOMPRESS: { retryable: false, fault: 'value' },
  CODEC_TOO_LARGE: { retryable: false, fault: 'value' },
  CODEC_UNSUPPORTED: { retryable: false, fault: 'value' },
  CODEC_MALFORMED: { retryable: false, fault: 'value' },
  CODEC_UNKNOWN_KEY: { retryable: false, fault: 'value' },
  CODEC_TAMPERED: { retryable: false, fault: 'value' },
  CODEC_KEY_PROVIDER: { retryable: true, fault: 'key-provider' },
  CODEC_DESERIALIZE: { retryable: false, fault: 'value' },
  CODEC_PLAINTEXT_REJECTED: { retryable: false, fault: 'value' },
  CODEC_EXPIRED: { retryable: false, fault: 'value' },
} as const satisfies Record<string, ErrorCodeRow>;

/** The error codes of this package. Match on the code, never on a message. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether an error with this code comes from the codec: a value cannot be encoded or decoded. */
export function isCodecCode(code: ErrorCode): boolean {
  return code.startsWith('CODEC_');
}

/** The codes of the errors that are the fault of `F`. */
export type CodeByFault<F extends Fault> = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code]['fault'] extends F ? Code : never;
}[ErrorCode];

/** Whose fault an error is. A code of a newer copy of this package, which this one does not know, is the store's. */
export function faultOf(error: { readonly code: ErrorCode }): Fault {
  const row: ErrorCodeRow | undefined = ERROR_CODES[error.code];
  return row === undefined ? 'store' : row.fault;
}
