/** The mechanisms of the reference fallback. Each can be left out. */
export interface FallbackMechanisms {
  /** Changes that fail are kept and replayed. */
  readonly journal: boolean;
  /** The primary is used only after the replay, and a load that began without it is not stored. */
  readonly fillGuard: boolean;
  /** A restart of the server invalidates everything. */
  readonly restartFloor: boolean;
  /** A promotion invalidates again what was changed in the last 30 s. */
  readonly promotionRing: boolean;
  /** The journal is in a file. */
  readonly durableJournal: boolean;
  /** After a loss no reply is used until the server was identified. */
  readonly recoveryGate: boolean;
  /** An acknowledgement settles the entry that was sent, and not a newer one of the same key. */
  readonly exactSettlement: boolean;
}

/** All mechanisms. */
export const ALL_MECHANISMS: FallbackMechanisms = {
  journal: true,
  fillGuard: true,
  restartFloor: true,
  promotionRing: true,
  durableJournal: true,
  recoveryGate: true,
  exactSettlement: true,
};

/** Copies are served, and changes that fail are dropped. */
export const NO_MECHANISMS: FallbackMechanisms = {
  journal: false,
  fillGuard: false,
  restartFloor: false,
  promotionRing: false,
  durableJournal: false,
  recoveryGate: false,
  exactSettlement: false,
};
