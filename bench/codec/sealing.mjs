// Keys for measurements: they protect nothing, so they are the same in every run.
const KEYS = [{ id: 'bench', secret: Buffer.alloc(32, 7).toString('base64') }];

/** The options of a codec that seals. */
export const sealing = () => ({ encryption: { keys: KEYS } });

/**
 * The options of a codec that compresses and seals; the length of the result reveals something of its content, hence
 * the consent.
 */
export const compressedSealing = () => ({
  compression: true,
  encryption: { keys: KEYS, compressBeforeEncrypt: true },
});
