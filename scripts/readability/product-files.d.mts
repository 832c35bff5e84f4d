export interface ProductFile {
  readonly name: string;
  readonly text: string;
}

export function productFiles(sources: string): readonly ProductFile[];
