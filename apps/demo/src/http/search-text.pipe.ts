import { type ArgumentMetadata, BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

const MAX_LENGTH = 64;

/** Trims a search text. Responds with 400 unless it is one line of 1 to 64 characters. */
@Injectable()
export class SearchTextPipe implements PipeTransform<unknown, string> {
  transform(value: unknown, { data: name = 'text' }: ArgumentMetadata): string {
    if (typeof value === 'string') {
      const text = value.trim();
      // Postgres cannot store U+0000 in text, and names contain no other control characters.
      if (text.length > 0 && text.length <= MAX_LENGTH && !/\p{Cc}/u.test(text)) return text;
    }
    throw new BadRequestException(`${name} must be 1 to ${MAX_LENGTH} characters of text on one line`);
  }
}
