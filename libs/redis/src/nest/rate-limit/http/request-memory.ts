/**
 * Keeps a value for the lifetime of a request. The value is a property of the request itself, under a private symbol: a
 * WeakMap would cost the garbage collector more time than the rest of the guard.
 */
export class RequestMemory<T extends object> {
  private readonly key = Symbol('nestjs-redis-infra:rate-limit');
  /** For requests that accept no new properties. */
  private readonly frozen = new WeakMap<object, T>();

  constructor(private readonly initial: () => T) {}

  of(request: object): T {
    return this.slotsOf(request)[this.key] ?? this.frozen.get(request) ?? this.create(request);
  }

  private create(request: object): T {
    const fresh = this.initial();
    if (Object.isExtensible(request)) this.slotsOf(request)[this.key] = fresh;
    else this.frozen.set(request, fresh);
    return fresh;
  }

  /** Only this instance has the symbol, so what is under it is a `T`. */
  private slotsOf(request: object): Record<symbol, T | undefined> {
    return request as Record<symbol, T | undefined>;
  }
}
