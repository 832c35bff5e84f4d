import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { Observable } from 'rxjs';
import type { GuardedCall } from '../http/guarded-call.js';
import { hasEnded } from './response-end.js';

const AsyncFunction = (async () => {}).constructor;

/**
 * Whether a handler that has not emitted stops when its result is unsubscribed. A handler that returns an observable
 * stops. One that returns a promise continues until it settles. An interceptor sees an observable in both cases, so
 * this uses the metadata of the handler. Without metadata: Nest unsubscribes only from observables, when their client
 * disconnects; operators such as `timeout()` unsubscribe at any time.
 */
export function endsWhenCancelled({ context, response }: GuardedCall): boolean {
  const handler = context.getHandler();
  if (Reflect.getMetadata(SSE_METADATA, handler) === true) return true;
  const prototype: object = context.getClass().prototype;
  const type: unknown = Reflect.getMetadata('design:returntype', prototype, handler.name);
  if (type === Observable) return true;
  if (type === Promise || handler instanceof AsyncFunction) return false;
  return response !== undefined && hasEnded(response);
}

/** Closes the stream of a response that is no longer sent, for example a file. */
export function destroyBody(value: unknown): void {
  const stream: unknown = value instanceof StreamableFile ? value.getStream() : value;
  if (stream instanceof Readable) stream.destroy();
}
