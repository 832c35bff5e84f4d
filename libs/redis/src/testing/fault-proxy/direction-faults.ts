/** `requests`: from the client to the server; `replies`: from the server to the client. */
export type Direction = 'requests' | 'replies' | 'both';

/** What is done to the bytes of one direction, of all connections. */
export interface DirectionFaults {
  /** They are thrown away, and so is the end of the connection. */
  swallow: boolean;
  /** They are kept back, and so is the end of the connection; when the proxy's buffer is full the sender is not read any more. */
  hold: boolean;
  /** How much later than they arrived they go on, in ms. */
  delayMs: number;
  /** Infinity is no limit. */
  bytesPerSecond: number;
}

export const NO_FAULTS: Readonly<DirectionFaults> = Object.freeze({
  swallow: false,
  hold: false,
  delayMs: 0,
  bytesPerSecond: Infinity,
});
