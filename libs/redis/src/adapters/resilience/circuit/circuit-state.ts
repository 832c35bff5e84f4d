/** Which calls a circuit is for: those that change nothing, and those that do. */
export type CircuitName = 'read' | 'write';

/** `closed`: calls go through. `half-open`: open, and a probe is under way. `isolated`: opened by hand. */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'isolated';
