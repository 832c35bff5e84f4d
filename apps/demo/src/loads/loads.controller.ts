import { Controller, Inject, type MessageEvent, Sse } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { LoadChannel } from './load.channel.js';

/** Sends the loads of all demo processes on one Redis, as server-sent events. */
@Controller()
export class LoadsController {
  constructor(@Inject(LoadChannel) private readonly channel: LoadChannel) {}

  @Sse('cache/loads')
  loads(): Observable<MessageEvent> {
    return this.channel.watch();
  }
}
