import { HttpException } from '@nestjs/common';
import type { CallKind } from './guarded-call.js';
import type { Refusal } from './rate-limit.problem.js';

/** What a guard throws in a context of that kind; the problem is what the client gets. */
export async function refusalError(kind: CallKind, refusal: Refusal): Promise<Error> {
  const { problem, cause } = refusal;
  switch (kind) {
    case 'http':
      return httpError(refusal);
    case 'graphql':
      // What an error has as extensions, graphql-js passes on to the client.
      return Object.assign(httpError(refusal), { extensions: { code: cause.code, ...problem } });
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

function httpError({ problem, cause }: Refusal): HttpException {
  return new HttpException(problem, problem.status, { cause });
}
