import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import type { CallContext } from '../calls/call-context.js';
import { resolveMemoryOptions } from '../memory/memory-options.js';
import { MemoryStore } from '../memory/memory.store.js';
import type { ClientPurpose } from '../exclusive/library-client.factory.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { AdapterEvents } from './adapter-events.js';
import type { ResolvedAdapterOptions } from './adapter-options.js';
import type { AdapterSnapshot } from './adapter-snapshot.js';
import type { AdapterStatus } from './adapter-status.js';
import { resolveReseal, type ResealOptions, type ResealProgress } from './values/reseal-options.js';

/** The store behind a `RedisAdapter` without a server. Everything that needs a connection throws UNSUPPORTED. */
export class EmbeddedStore extends MemoryStore {
  readonly mode = 'memory';
  private readonly events: TypedEmitter<AdapterEvents>;
  private since: number;

  constructor({ keyPrefix, codec, resilience }: ResolvedAdapterOptions, clock: Clock) {
    const events = new TypedEmitter<AdapterEvents>();
    // With a codec, values are encoded here too. Otherwise a value that works here could fail on Redis.
    const options = codec === undefined ? { keyPrefix } : { keyPrefix, codec, store: 'encoded' as const };
    super(resolveMemoryOptions(options), {
      clock,
      deadlineMs: resilience.deadlineMs,
      onSecurity: (code) => events.emit('security', { code }),
    });
    this.events = events;
    this.since = clock.wallMs();
    this.link.onChange((state) => {
      this.since = clock.wallMs();
      if (state === 'up') events.emit('up', { role: 'master' });
      else events.emit('down', { code: 'CLOSED', message: 'the store was disconnected' });
    });
  }

  get on(): TypedEmitter<AdapterEvents>['onDetached'] {
    return this.events.onDetached;
  }

  get client(): never {
    throw unsupported('has no ioredis client: configure a connection to use it');
  }

  status(): AdapterStatus {
    return {
      mode: this.mode,
      state: this.link.state,
      circuits: { read: 'closed', write: 'closed' },
      since: this.since,
      pool: { size: 0, inFlight: 0, pending: 0, reconnects: 0 },
      retries: 0,
      lastError: undefined,
    };
  }

  snapshot(): AdapterSnapshot {
    return { status: this.status(), errors: {}, transitions: { read: {}, write: {} } };
  }

  async acquire(_limits: CallLimits): Promise<never> {
    throw unsupported('has no connections to lend: configure a connection to Redis');
  }

  createClient(_purpose: ClientPurpose): never {
    throw unsupported('has no clients for other libraries: configure a connection to Redis');
  }

  isolate(): never {
    throw unsupported('has no circuits to open: configure a connection to Redis');
  }

  /** There is nothing to reseal: all values were written by this process, with the same options. */
  async *resealAll(options: ResealOptions = {}, _context: CallContext): AsyncGenerator<ResealProgress> {
    resolveReseal(options, this.keySpace.prefix);
    yield { scanned: 0, resealed: 0, changed: 0, failed: {} };
  }
}

function unsupported(problem: string): RedisInfraError {
  return new RedisInfraError('UNSUPPORTED', `the embedded store ${problem}`);
}
