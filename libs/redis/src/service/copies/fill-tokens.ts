/**
 * Shows whether a value that was read for a copy may have changed since. Concurrent fills of a key share one token
 * until the key changes.
 */
export interface FillToken {
  readonly key: string;
  /** False after a change of the key. */
  readonly isAlive: boolean;
}

class CountedToken implements FillToken {
  isAlive = true;
  /** The fills that have not ended. */
  fills = 0;

  constructor(readonly key: string) {}
}

/**
 * The fills in flight. A value may be read before a change and arrive after the report of the change; without tokens
 * it would be kept as a copy that nothing removes.
 */
export class FillTokens {
  private readonly alive = new Map<string, CountedToken>();

  /** Call it before the read of the value is sent. */
  begin(key: string): FillToken {
    let token = this.alive.get(key);
    if (token === undefined) {
      token = new CountedToken(key);
      this.alive.set(key, token);
    }
    token.fills++;
    return token;
  }

  /** Call it once for each `begin`. @returns whether the key is unchanged since then */
  end(token: FillToken): boolean {
    const { key } = token;
    const current = this.alive.get(key);
    if (current !== token) return false;
    if (--current.fills === 0) this.alive.delete(key);
    return true;
  }

  /** The key changed. */
  kill(key: string): void {
    const token = this.alive.get(key);
    if (token === undefined) return;
    token.isAlive = false;
    this.alive.delete(key);
  }

  /** Any key may have changed. */
  killAll(): void {
    for (const token of this.alive.values()) token.isAlive = false;
    this.alive.clear();
  }
}
