import { Module } from '@nestjs/common';
import { LoadChannel } from './load.channel.js';
import { LoadsController } from './loads.controller.js';

/** Shows clients for other libraries, `RedisAdapter.createClient()`: one publishes and one subscribes. */
@Module({ controllers: [LoadsController], providers: [LoadChannel] })
export class LoadsModule {}
