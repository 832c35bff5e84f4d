import { describe, expect, test } from 'vitest';
import { definedMembers } from './defined-members.js';
import { isRecord, namesOf } from './records.js';

describe('isRecord', () => {
  test.each([[{}], [[]], [new Map()], [Object.create(null)]])('accepts the object %o', (value) => {
    expect(isRecord(value)).toBe(true);
  });

  test.each([[null], [undefined], ['text'], [1], [() => {}]])('refuses %o', (value) => {
    expect(isRecord(value)).toBe(false);
  });
});

describe('namesOf', () => {
  test('returns the own names in their order, without inherited ones', () => {
    const table: { readonly own: number; readonly other: number } = Object.assign(Object.create({ inherited: 1 }), {
      own: 1,
      other: 2,
    });
    expect(namesOf(table)).toEqual(['own', 'other']);
  });
});

describe('definedMembers', () => {
  test('keeps null and false, and omits undefined', () => {
    expect(Object.entries(definedMembers({ a: undefined, b: null, c: false, d: 0 }))).toEqual([
      ['b', null],
      ['c', false],
      ['d', 0],
    ]);
  });
});
