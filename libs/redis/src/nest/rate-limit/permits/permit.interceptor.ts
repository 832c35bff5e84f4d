import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Observable, Subscription, type Subscriber } from 'rxjs';
import { guardedCall, type GuardedCall } from '../http/guarded-call.js';
import { refusalOf } from '../http/rate-limit.problem.js';
import { refusalError } from '../http/refusal.error.js';
import { permitsOf } from './execution-permits.js';
import type { HandlerPermits } from './handler-permits.js';
import { destroyBody, endsWhenCancelled } from './handler-result.js';

/** Notifies the permits of a handler when it begins and when it has settled, which a guard cannot observe. */
class PermitInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const call = guardedCall(context);
    const permits = permitsOf(call);
    const result = next.handle();
    if (permits.length === 0) return result;
    return new Observable((subscriber) => new HandlerRun(call, permits, subscriber).start(result));
  }
}

/** The interceptor for all handlers. It is stateless, and runs after all other interceptors, next to the handler. */
export const PERMIT_INTERCEPTOR: NestInterceptor = new PermitInterceptor();

/** One execution of a handler, from its pipes until it has settled. */
class HandlerRun {
  private readonly subscription = new Subscription();
  private hasBegun = false;
  private hasEmitted = false;
  private hasSettled = false;

  constructor(
    private readonly call: GuardedCall,
    private readonly permits: readonly HandlerPermits[],
    private readonly subscriber: Subscriber<unknown>,
  ) {}

  start(result: Observable<unknown>): () => void {
    const released = this.permits.filter((each) => !each.begin());
    if (released.length === 0) this.follow(result);
    else void this.takeAgain(released, result);
    return () => this.cancel();
  }

  private async takeAgain(released: readonly HandlerPermits[], result: Observable<unknown>): Promise<void> {
    try {
      for (const each of released) {
        const decision = await each.takeAgain();
        const refusal = decision === undefined ? undefined : refusalOf(decision);
        if (refusal !== undefined) throw await refusalError(this.call.kind, refusal);
      }
      if (this.subscriber.closed) this.settle();
      else this.follow(result);
    } catch (error) {
      this.fail(error);
    }
  }

  private follow(result: Observable<unknown>): void {
    this.hasBegun = true;
    const subscription = result.subscribe({
      next: (value) => this.emit(value),
      error: (error: unknown) => this.fail(error),
      complete: () => {
        this.settle();
        this.subscriber.complete();
      },
    });
    this.subscription.add(subscription);
  }

  private emit(value: unknown): void {
    this.hasEmitted = true;
    if (!this.subscriber.closed) return this.subscriber.next(value);
    destroyBody(value);
    this.end();
  }

  private fail(error: unknown): void {
    this.settle();
    this.subscriber.error(error);
  }

  /** An outer interceptor or Nest has unsubscribed. The handler may still be running. */
  private cancel(): void {
    if (this.hasBegun && (this.hasEmitted || endsWhenCancelled(this.call))) this.end();
  }

  private end(): void {
    this.subscription.unsubscribe();
    this.settle();
  }

  private settle(): void {
    if (this.hasSettled) return;
    this.hasSettled = true;
    for (const each of this.permits) each.settle();
  }
}
