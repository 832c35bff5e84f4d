// Starts an application whose modules connect with `failFast`; used by ending-process.mjs.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { RedisModule } from 'nestjs-redis-infra';

function application(...connections) {
  class AppModule {}
  const imports = connections.map((connection, i) =>
    RedisModule.forRoot({ connection, failFast: true, ...(i === 0 ? {} : { name: `other${i}` }) }),
  );
  Module({ imports })(AppModule);
  return AppModule;
}

const options = { logger: false };
const compiled = (module) =>
  Test.createTestingModule({ imports: [module] })
    .setLogger(false)
    .compile();
const STARTS = {
  context: (module) => NestFactory.createApplicationContext(module, options),
  main: async (module) => (await NestFactory.create(module, options)).listen(0),
  'test module': async (module) => (await compiled(module)).init(),
};

/** `start` is one of `STARTS`. The first connection belongs to the default module, the others to named ones. */
export function startApplication(start, connections) {
  return STARTS[start](application(...connections));
}
