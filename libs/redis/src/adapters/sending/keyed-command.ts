import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { KeyedWrite, WriteLedger } from '../resilience/retry/write-ledger.js';
import { SingleCommand } from './single-command.js';

/** A command that changes keys. It is sent again only while it is the newest write of each of them. */
export class KeyedCommand extends SingleCommand implements KeyedWrite {
  private ledger: WriteLedger | undefined;
  keys: readonly string[] = [];

  /** Registers the command as the newest write of its keys. */
  enter(keys: readonly string[], ledger: WriteLedger): this {
    this.keys = keys;
    this.ledger = ledger;
    if (!this.settled) ledger.enter(this);
    return this;
  }

  override succeed(value: unknown): void {
    super.succeed(value);
    this.ledger?.leave(this);
  }

  override fail(error: RedisInfraError): void {
    super.fail(error);
    this.ledger?.leave(this);
  }

  override failExpiredBefore(untilMs: number, failure: RedisInfraError): boolean {
    if (!super.failExpiredBefore(untilMs, failure)) return false;
    if (this.ledger?.isNewest(this) === true) return true;
    this.fail(failure);
    return false;
  }
}
