import type { ApplicationType } from '../../../src/domain/codec/json/application-types.js';

/** A class of an application. */
export class Money {
  constructor(
    readonly cents: bigint,
    readonly currency: string,
  ) {}
}

/** Its application type. */
export const MONEY: ApplicationType<Money> = {
  name: 'money',
  is: (value): value is Money => value instanceof Money,
  toJSON: ({ cents, currency }) => ({ cents, currency }),
  fromJSON: (json) => {
    const { cents, currency } = json as Partial<Money>;
    if (typeof cents !== 'bigint' || typeof currency !== 'string') throw new TypeError('no money');
    return new Money(cents, currency);
  },
};
