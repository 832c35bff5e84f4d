import { HttpException } from '@nestjs/common';
import type { CallKind } from './guarded-call.js';
import { importMicroservices, importWebSockets } from './optional-peers.js';
import type { Refusal } from './rate-limit.problem.js';

/** The error that a guard throws in a context of this kind. The client receives the problem. */
export async function refusalError(kind: CallKind, refusal: Refusal): Promise<Error> {
  const error = await errorOf(kind, refusal);
  // Nest takes the message of an exception from `message` of its response, which a problem does not have.
  if (error !== refusal.cause) error.message = refusal.problem.detail;
  return error;
}

async function errorOf(kind: CallKind, { problem, cause }: Refusal): Promise<Error> {
  switch (kind) {
    case 'http':
      return new HttpException(problem, problem.status, { cause });
    case 'graphql':
      // graphql-js sends the extensions of an error to the client.
      return Object.assign(new HttpException(problem, problem.status, { cause }), {
        extensions: { code: cause.code, ...problem },
      });
    case 'ws': {
      const { WsException } = await importWebSockets();
      return new WsException(problem);
    }
    case 'rpc': {
      const { RpcException } = await importMicroservices();
      return new RpcException(problem);
    }
    case 'other':
      return cause;
  }
}
