// Letters that Unicode does not decompose into a base and a mark.
const LETTERS: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/** Removes case, accents, apostrophes and extra spaces from a name, so that `zurich` finds Zürich. */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\p{M}'`‘’ʻʼ]/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/\s+/g, ' ')
    .trim();
}
