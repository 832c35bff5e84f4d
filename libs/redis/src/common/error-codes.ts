/**
 * Every error code of this package, and whether the same call may succeed when it is repeated.
 * `docs/errors.md` documents the meaning and the remedy of each code; a test compares the two lists.
 */
export const ERROR_CODES = {
  OPTION_INVALID: { retryable: false },
  VALUE_INVALID: { retryable: false },
  KEY_INVALID: { retryable: false },
  CONNECTION_FAILED: { retryable: true },
  DEADLINE_EXCEEDED: { retryable: true },
  CIRCUIT_OPEN: { retryable: true },
  OVERLOADED: { retryable: true },
  COMMAND_FAILED: { retryable: false },
  WRONG_TYPE: { retryable: false },
  READ_ONLY: { retryable: true },
  OUT_OF_MEMORY: { retryable: true },
  UNSUPPORTED: { retryable: false },
  LOAD_TIMEOUT: { retryable: true },
  CLOSED: { retryable: false },
  RATE_LIMITED: { retryable: true },
  LIMITER_UNAVAILABLE: { retryable: true },
  CODEC_SERIALIZE: { retryable: false },
  CODEC_DECOMPRESS: { retryable: false },
  CODEC_TOO_LARGE: { retryable: false },
  CODEC_UNSUPPORTED: { retryable: false },
  CODEC_MALFORMED: { retryable: false },
  CODEC_UNKNOWN_KEY: { retryable: false },
  CODEC_TAMPERED: { retryable: false },
  CODEC_KEY_PROVIDER: { retryable: true },
  CODEC_DESERIALIZE: { retryable: false },
  CODEC_PLAINTEXT_REJECTED: { retryable: false },
  CODEC_EXPIRED: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>;

/** The error codes of this package. Match on the code, never on a message. */
export type ErrorCode = keyof typeof ERROR_CODES;
