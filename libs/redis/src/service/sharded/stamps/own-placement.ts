/** By which shards a process places its keys. */
export interface OwnPlacement {
  /** The digest of the ids and weights. While keys move, of those before. */
  readonly topology: string;
  /** While keys move: the digest of the ids and weights afterwards. */
  readonly next?: string | undefined;
  /** While keys move: the phase of this process. */
  readonly phase?: 1 | 2 | undefined;
}

/**
 * The phase of a process in a move of keys: 0 uses only the shards before the move, 3 only those after it. In 1 it reads
 * and writes the owner before, in 2 the owner after it, and removes each changed key from the other one.
 */
export type Position = 0 | 1 | 2 | 3;

/** Two placements between which keys move. */
export interface Move {
  readonly topology: string;
  readonly next: string;
}

/** The positions that may run: at most two neighbours. */
export interface PositionRange {
  readonly least: Position;
  readonly most: Position;
}

/** The position of a process in a move. Undefined if it is in another move, or in none. */
export function positionIn({ topology, next }: Move, own: OwnPlacement): Position | undefined {
  if (own.next === undefined || own.phase === undefined) {
    if (own.topology === topology) return 0;
    return own.topology === next ? 3 : undefined;
  }
  if (own.topology === topology && own.next === next) return own.phase;
  // The way back is the same move in the other direction.
  if (own.topology === next && own.next === topology) return own.phase === 1 ? 2 : 1;
  return undefined;
}

export function contains({ least, most }: PositionRange, position: Position): boolean {
  return least <= position && position <= most;
}
