import 'reflect-metadata';
import { RedisAdapter } from 'nestjs-redis-infra';
import { runApplication } from './app';

/** Stores a value as MessagePack; returns it, or the message of the error. */
async function storeMsgpack(): Promise<unknown> {
  try {
    const redis = new RedisAdapter('memory://', { codec: { serializer: 'msgpack' } });
    await redis.set('city', 'bern');
    const city = await redis.get('city');
    await redis.disconnect();
    return city;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

async function main(): Promise<void> {
  console.log(JSON.stringify({ report: await runApplication('memory://'), msgpack: await storeMsgpack() }));
}

void main();
