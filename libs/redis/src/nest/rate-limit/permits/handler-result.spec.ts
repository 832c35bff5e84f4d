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
  silent() {
    return NEVER;
  }
}
// What emitDecoratorMetadata leaves on a handler that has decorators.
Reflect.defineMetadata('design:returntype', Promise, Handlers.prototype, 'promise');
Reflect.defineMetadata('design:returntype', (NEVER as object).constructor, Handlers.prototype, 'observable');

const GONE = { setHeader() {}, closed: true };

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

describe('a handler whose result is unsubscribed from', () => {
  test('goes on where it returns a promise', () => {
    expect(isEnded('promise')).toBe(false);
    expect(isEnded('promise', GONE)).toBe(false);
    expect(isEnded('untyped', GONE)).toBe(false);
  });

  test('ends where it returns an observable, or events', () => {
    expect(isEnded('observable')).toBe(true);
    expect(isEnded('events')).toBe(true);
  });

  test('ends with its client where it says nothing of its result', () => {
    expect(isEnded('silent')).toBe(false);
    expect(isEnded('silent', GONE)).toBe(true);
  });

  test('has its late stream destroyed', () => {
    const streams = [new Readable(), new Readable()] as const;
    destroyBody(streams[0]);
    destroyBody(new StreamableFile(streams[1]));
    destroyBody('text');
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });
});
