/**
 * Remembers something of a request for as long as the request is there. It stands on the request itself, under a symbol that nobody else
 * has: in a WeakMap it would cost the garbage collector more than all else the guard does.
 */
export class RequestMemory<T extends object> {
  private readonly place = Symbol('nestjs-redis-infra:rate-limit');
  /** For requests that take no more properties. */
  private readonly frozen = new WeakMap<object, T>();

  constructor(private readonly fresh: () => T) {}

  of(request: object): T {
    const remembered = (request as Record<symbol, T | undefined>)[this.place];
    return remembered ?? this.frozen.get(request) ?? this.create(request);
  }

  private create(request: object): T {
    const fresh = this.fresh();
    if (Object.isExtensible(request)) (request as Record<symbol, T>)[this.place] = fresh;
    else this.frozen.set(request, fresh);
    return fresh;
  }
}
