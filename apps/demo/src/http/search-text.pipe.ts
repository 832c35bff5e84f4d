import { type ArgumentMetadata, BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

const MAX_LENGTH = 64;

/** One line of text to search for, trimmed, of 1 to 64 characters; or a 400. */
@Injectable()
export class SearchTextPipe implements PipeTransform<unknown, string> {
  transform(value: unknown, { data: name = 'text' }: ArgumentMetadata): string {
    if (typeof value === 'string') {
      const text = value.trim();
      // Postgres cannot hold U+0000 in text, and no other control character is part of a name.
      if (text.length > 0 && text.length <= MAX_LENGTH && !/\p{Cc}/u.test(text)) return text;
    }
    throw new BadRequestException(`${name} must be 1 to ${MAX_LENGTH} characters of text on one line`);
  }
}
