import type { ProductFile } from './product-files.mjs';

export interface Syntax {
  readonly casts: readonly number[];
  readonly any: readonly number[];
  readonly dates: readonly number[];
}

export function syntaxOf(file: ProductFile): Syntax;
export function linesIn(file: ProductFile): number;
export function perThousandLines(files: readonly ProductFile[], kind: keyof Syntax): number;
