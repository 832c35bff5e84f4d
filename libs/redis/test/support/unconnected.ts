import { Redis } from 'ioredis';
import { systemClock } from '../../src/common/clock.js';
import { WatchedConnection } from '../../src/adapters/wire/watched-connection.js';

/** A connection to `127.0.0.1` at this port that is never opened. `deadlineMs` is the default deadline of its commands. */
export function unconnected(port: number, deadlineMs: number): WatchedConnection {
  return new WatchedConnection(new Redis({ host: '127.0.0.1', port, lazyConnect: true }), {
    deadlineMs,
    clock: systemClock,
  });
}
