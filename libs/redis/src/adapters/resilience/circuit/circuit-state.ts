/** The circuits of a node: one for commands that change nothing, and one for writes. */
export type CircuitName = 'read' | 'write';

/**
 * `closed`: calls are sent. `open`: calls are refused. `half-open`: open, and a probe is running. `isolated`: opened by
 * hand.
 */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'isolated';
