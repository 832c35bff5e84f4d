import type { ERROR_CODES, ErrorCode } from '../../common/error-codes.js';

/**
 * What a failure shows about the node:
 * - `hard`: it cannot be reached; `soft`: one answer is missing;
 * - `not-serving`: it refuses all commands now; `not-writing`: it refuses writes now;
 * - `moving`: the keys of the call are moving between nodes; the node is healthy;
 * - `configuration`: it refuses us until a setting changes;
 * - `caller`: the call was invalid; the node is healthy.
 */
export type FailureClass = 'hard' | 'soft' | 'not-serving' | 'not-writing' | 'moving' | 'configuration' | 'caller';

/**
 * Whether the reply reports a temporary state. `after-redirections`: only from the last node of a chain of
 * redirections, because the nodes of the cluster do not agree yet. To a client of one server the reply means that the
 * server is a node of a cluster.
 */
type Retryable = boolean | 'after-redirections';

interface Row<Code extends ErrorCode> {
  readonly code: Code;
  /** A code of its own has one value for all its errors. */
  readonly retryable: Code extends 'COMMAND_FAILED' ? Retryable : (typeof ERROR_CODES)[Code]['retryable'];
  readonly failureClass: FailureClass;
}

/** How an error reply of the server is reported. The outcome is always `not-executed`. */
export type ReplyRow = Row<'COMMAND_FAILED'> | Row<'WRONG_TYPE'> | Row<'READ_ONLY'> | Row<'OUT_OF_MEMORY'>;

const NOT_SERVING = { code: 'COMMAND_FAILED', retryable: true, failureClass: 'not-serving' } as const;
const NOT_WRITING = { code: 'COMMAND_FAILED', retryable: true, failureClass: 'not-writing' } as const;
const REDIRECTION = { code: 'COMMAND_FAILED', retryable: 'after-redirections', failureClass: 'moving' } as const;
const CONFIGURATION = { code: 'COMMAND_FAILED', retryable: false, failureClass: 'configuration' } as const;
const OTHER = { code: 'COMMAND_FAILED', retryable: false, failureClass: 'caller' } as const;

/**
 * The error replies with a meaning of their own, by their first word.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
export const REPLIES = {
  LOADING: NOT_SERVING,
  BUSY: NOT_SERVING,
  MASTERDOWN: NOT_SERVING,
  CLUSTERDOWN: NOT_SERVING,
  TRYAGAIN: { code: 'COMMAND_FAILED', retryable: true, failureClass: 'moving' },
  MOVED: REDIRECTION,
  ASK: REDIRECTION,
  NOREPLICAS: NOT_WRITING,
  MISCONF: NOT_WRITING,
  READONLY: { code: 'READ_ONLY', retryable: true, failureClass: 'not-writing' },
  OOM: { code: 'OUT_OF_MEMORY', retryable: true, failureClass: 'not-writing' },
  NOAUTH: CONFIGURATION,
  WRONGPASS: CONFIGURATION,
  NOPERM: CONFIGURATION,
  WRONGTYPE: { code: 'WRONG_TYPE', retryable: false, failureClass: 'caller' },
} as const satisfies Record<string, ReplyRow>;

const ROWS: ReadonlyMap<string, ReplyRow> = new Map<string, ReplyRow>(Object.entries(REPLIES));

/** The row of a reply with this first word. A word without a row is about the call, such as `ERR` and `CROSSSLOT`. */
export function replyRow(word: string): ReplyRow {
  return ROWS.get(word) ?? OTHER;
}

/** Whether a reply with this first word reports a temporary state of the server. */
export function isTemporary(word: string): boolean {
  return replyRow(word).retryable === true;
}
