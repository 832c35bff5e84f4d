// Letters that Unicode does not take apart into a base and a mark.
const LETTERS: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/** A name without case, accents, apostrophes and spare spaces, so that `zurich` finds Zürich. */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\p{M}'`‘’ʻʼ]/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/\s+/g, ' ')
    .trim();
}
