import {
  Controller,
  Delete,
  Get,
  Inject,
  NotFoundException,
  NotImplementedException,
  Param,
  Post,
} from '@nestjs/common';
import { type PlacedKey, type ShardReport, ShardsService } from './shards.service.js';

/** The shards by id, and where stored keys are. */
export interface ShardsAnswer {
  readonly shards: Readonly<Record<string, ShardReport>>;
  readonly keys: readonly PlacedKey[];
}

/** Shows where keys are, and stops and starts the server of a shard. */
@Controller('shards')
export class ShardsController {
  constructor(@Inject(ShardsService) private readonly service: ShardsService) {}

  @Get()
  async report(): Promise<ShardsAnswer> {
    return { shards: this.shards(), keys: await this.service.keys() };
  }

  /** Where a key is, stored or not: no shard is asked. */
  @Get('of/:key')
  locate(@Param('key') key: string): PlacedKey {
    return this.service.locate(key) ?? this.refuse();
  }

  /** As a crash: the server is killed. */
  @Delete(':id')
  async stop(@Param('id') id: string): Promise<ShardReport> {
    return this.afterChange(id, await this.service.stop(id));
  }

  @Post(':id')
  async start(@Param('id') id: string): Promise<ShardReport> {
    return this.afterChange(id, await this.service.start(id));
  }

  private shards(): Readonly<Record<string, ShardReport>> {
    return this.service.report() ?? this.refuse();
  }

  private afterChange(id: string, isChanged: boolean): ShardReport {
    const report = this.shards()[id];
    if (report === undefined) throw new NotFoundException('There is no shard with this id; GET /shards lists them');
    if (!isChanged) throw new NotImplementedException('A memory store cannot be stopped: install redis-server');
    return report;
  }

  private refuse(): never {
    throw new NotImplementedException('The demo runs on one store: start it with npm run demo:shards');
  }
}
