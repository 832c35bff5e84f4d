import type { LeaseRequest } from '../../../domain/entry-store.js';

/**
 * The clocks of the loads of this process, and the flushes that they are compared with. A value of a simple store has
 * no clock, so the value of a load that began before a flush must not be stored at all.
 */
export class LocalLoads {
  private readonly loads = new Map<string, Pick<LeaseRequest, 'token' | 'clock'>>();
  /** The newest flush of each key prefix. */
  private readonly floors = new Map<string, number>();

  begin(key: string, { token, clock }: LeaseRequest): void {
    this.loads.set(key, { token, clock });
  }

  end(key: string, token: string): void {
    if (this.loads.get(key)?.token === token) this.loads.delete(key);
  }

  raiseFloor(prefix: string, floor: number): void {
    this.floors.set(prefix, floor);
  }

  /** Whether a value of this load is valid: no flush of the key came after the load began. */
  isValid(key: string, token: string): boolean {
    const load = this.loads.get(key);
    if (load?.token !== token) return false;
    for (const [prefix, floor] of this.floors) if (key.startsWith(prefix) && load.clock < floor) return false;
    return true;
  }
}
