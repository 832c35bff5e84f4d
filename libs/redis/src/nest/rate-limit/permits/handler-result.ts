import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { Observable } from 'rxjs';
import type { GuardedCall } from '../http/guarded-call.js';
import { hasEnded } from './response-end.js';

const AsyncFunction = (async () => {}).constructor;

/**
 * Whether a handler that has not emitted ends when its result is unsubscribed from. The observable of a handler does; a promise goes on
 * until it settles. An interceptor cannot see which of the two it has, so this goes by what the handler says of itself. Where it says
 * nothing: Nest itself unsubscribes only from observables, when their client disconnects; operators such as `timeout()` do at any time.
 */
export function endsWhenCancelled({ context, response }: GuardedCall): boolean {
  const handler = context.getHandler();
  if (Reflect.getMetadata(SSE_METADATA, handler) === true) return true;
  const type: unknown = Reflect.getMetadata('design:returntype', context.getClass().prototype as object, handler.name);
  if (type === Observable) return true;
  if (type === Promise || handler instanceof AsyncFunction) return false;
  return response !== undefined && hasEnded(response);
}

/** Frees what a handler opened for an answer that is not sent any more: the file behind a stream, for example. */
export function destroyBody(value: unknown): void {
  const stream: unknown = value instanceof StreamableFile ? value.getStream() : value;
  if (stream instanceof Readable) stream.destroy();
}
