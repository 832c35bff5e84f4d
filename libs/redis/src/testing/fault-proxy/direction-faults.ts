/** `requests`: from the client to the server; `replies`: from the server to the client. */
export type Direction = 'requests' | 'replies' | 'both';

/** The faults of one direction. They apply to all connections. */
export interface DirectionFaults {
  /** Discards bytes and the end of the connection. */
  swallow: boolean;
  /** Buffers bytes and the end of the connection. When the buffer is full, the proxy stops reading from the sender. */
  hold: boolean;
  /** How long the proxy keeps bytes before it forwards them, in ms. */
  delayMs: number;
  /** Limit per connection; Infinity means none. */
  bytesPerSecond: number;
}

export const NO_FAULTS: Readonly<DirectionFaults> = Object.freeze({
  swallow: false,
  hold: false,
  delayMs: 0,
  bytesPerSecond: Infinity,
});
