import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type MessageEvent,
  NotImplementedException,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { concat, from, map, type Observable, Subject, takeUntil } from 'rxjs';
import { Caches } from '../cache/caches.js';
import { DemoStore } from '../store/demo.store.js';

/** A client of `createClient()` does not have the key prefix of the adapter, and Redis has none for channels. */
const CHANNEL = 'places:loads';

/** The loads of the caches in all demo processes on one Redis, over a channel: two ioredis clients of the adapter. */
@Injectable()
export class LoadChannel implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly messages = new Subject<string>();
  private readonly stopping = new Subject<void>();
  private subscribed: Promise<unknown> | undefined;

  constructor(
    @Inject(DemoStore) private readonly demo: DemoStore,
    @Inject(Caches) private readonly caches: Caches,
  ) {}

  /** Publishes each load, without its key: keys reveal what people search for. */
  onApplicationBootstrap(): void {
    if (!this.hasChannels()) return;
    const publisher = this.demo.connection.createClient('shared');
    const { root, countries, searches } = this.caches;
    for (const [cache, { on }] of Object.entries({ root, countries, searches })) {
      on('load', ({ ms }) => {
        const load = { process: process.pid, cache, ms: Math.round(ms) };
        // A response does not depend on it: while Redis is unavailable, the load is not published.
        publisher.publish(CHANNEL, JSON.stringify(load)).catch(() => {});
      });
    }
  }

  /**
   * An event when the channel is subscribed, then one for each load. While Redis is unavailable the client waits, and
   * it subscribes again by itself.
   * @throws NotImplementedException on the embedded store and on shards
   */
  watch(): Observable<MessageEvent> {
    if (!this.hasChannels()) {
      throw new NotImplementedException(
        'Loads are published in Redis. The embedded store has no channels, and shards have no common one: start with REDIS_URL=redis://localhost:6379',
      );
    }
    this.subscribed ??= this.subscribe();
    const begin = from(this.subscribed).pipe(map(() => ({ type: 'subscribed', data: CHANNEL })));
    const loads = this.messages.pipe(map((data) => ({ type: 'load', data })));
    return concat(begin, loads).pipe(takeUntil(this.stopping));
  }

  /** Ends the responses: an endless one would delay the shutdown. */
  beforeApplicationShutdown(): void {
    this.stopping.next();
  }

  private hasChannels(): boolean {
    return this.demo.mode !== 'memory' && this.demo.mode !== 'shards';
  }

  private subscribe(): Promise<unknown> {
    const subscriber = this.demo.connection.createClient('subscriber');
    subscriber.on('message', (_channel: string, text: string) => this.messages.next(text));
    return subscriber.subscribe(CHANNEL);
  }
}
