/** Which calls a gate is for: those that change nothing, and those that do. */
export type GateName = 'read' | 'write';

/** `closed`: calls go through. `probing`: open, and a probe is under way. `isolated`: opened by hand. */
export type GateState = 'closed' | 'open' | 'probing' | 'isolated';
