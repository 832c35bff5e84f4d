import { Readable } from 'node:stream';
import { Sse, StreamableFile, type ExecutionContext } from '@nestjs/common';
import { NEVER, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { guardedCall } from '../http/guarded-call.js';
import { destroyBody, endsWhenCancelled } from './handler-result.js';

class Handlers {
  promise(): Promise<string> {
    return Promise.resolve('');
  }
  async untyped() {}
  observable(): Observable<string> {
    return NEVER;
  }
  @Sse()
  async events(): Promise<Observable<string>> {
    return NEVER;
  }
  undeclared() {
    return NEVER;
  }
}
// The metadata that emitDecoratorMetadata defines on a decorated handler.
Reflect.defineMetadata('design:returntype', Promise, Handlers.prototype, 'promise');
Reflect.defineMetadata('design:returntype', (NEVER as object).constructor, Handlers.prototype, 'observable');

const CLOSED = { setHeader() {}, closed: true };

function isEnded(method: keyof Handlers, response: object = { setHeader() {} }): boolean {
  const args = [{}, response];
  const context = {
    getType: () => 'http',
    getArgs: () => args,
    getArgByIndex: (at: number) => args[at],
    getClass: () => Handlers,
    getHandler: () => Handlers.prototype[method],
  };
  return endsWhenCancelled(guardedCall(context as unknown as ExecutionContext));
}

describe('a handler whose result is unsubscribed', () => {
  test('continues when it returns a promise', () => {
    expect(isEnded('promise')).toBe(false);
    expect(isEnded('promise', CLOSED)).toBe(false);
    expect(isEnded('untyped', CLOSED)).toBe(false);
  });

  test('stops when it returns an observable or events', () => {
    expect(isEnded('observable')).toBe(true);
    expect(isEnded('events')).toBe(true);
  });

  test('stops when its client disconnected and it declares no result type', () => {
    expect(isEnded('undeclared')).toBe(false);
    expect(isEnded('undeclared', CLOSED)).toBe(true);
  });

  test('has its stream destroyed when it emits too late', () => {
    const streams = [new Readable(), new Readable()] as const;
    destroyBody(streams[0]);
    destroyBody(new StreamableFile(streams[1]));
    destroyBody('text');
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });
});
