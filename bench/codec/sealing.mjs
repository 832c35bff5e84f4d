// Keys for measuring: they protect nothing, so they can be the same in every run.
const KEYS = [{ id: 'bench', secret: Buffer.alloc(32, 7).toString('base64') }];

/** The options of a codec that seals. */
export const sealing = () => ({ encryption: { keys: KEYS } });

/** The options of a codec that makes smaller and seals; the length of the result tells of its content, hence the consent. */
export const compressedSealing = () => ({
  compression: true,
  encryption: { keys: KEYS, compressBeforeEncrypt: true },
});
