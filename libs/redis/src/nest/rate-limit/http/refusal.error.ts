import { HttpException } from '@nestjs/common';
import type { CallKind } from './guarded-call.js';
import type { Refusal } from './rate-limit.problem.js';

/** What a guard throws in a context of that kind; the problem is what the client gets. */
export async function refusalError(kind: CallKind, refusal: Refusal): Promise<Error> {
  const error = await errorOf(kind, refusal);
  // Those of Nest are called by their class, since a problem has no member of that name.
  if (error !== refusal.cause) error.message = refusal.problem.detail;
  return error;
}

async function errorOf(kind: CallKind, { problem, cause }: Refusal): Promise<Error> {
  switch (kind) {
    case 'http':
      return new HttpException(problem, problem.status, { cause });
    case 'graphql':
      // What an error has as extensions, graphql-js passes on to the client.
      return Object.assign(new HttpException(problem, problem.status, { cause }), {
        extensions: { code: cause.code, ...problem },
      });
    case 'ws': {
      const { WsException } = await import('@nestjs/websockets');
      return new WsException(problem);
    }
    case 'rpc': {
      const { RpcException } = await import('@nestjs/microservices');
      return new RpcException(problem);
    }
    case 'other':
      return cause;
  }
}
