import { isSignedWith, readSignature, RequestSigner, signatureKey, signatureOf } from './request-signature';

const SECRET = 'a secret of a cluster';
const TIME = 1_790_000_000_000;
const SIGNED = {
  method: 'POST',
  target: '/peer/v1/append',
  time: TIME,
  nonce: '00112233445566778899aabbccddeeff',
  digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
};

describe('the signature of a request', () => {
  it('is HMAC-SHA256 with a key that HKDF-SHA256 derives from the secret', () => {
    // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "key:a secret of a cluster" -kdfopt "info:hooklog request signature v1" HKDF
    expect(signatureKey(SECRET).toString('hex')).toBe(
      '5776a5c9c2ed11e65eed585061d593633937fc9cef730f7b8b9f451ca361d4c2',
    );
    // printf 'hooklog request v1\nPOST\n/peer/v1/append\n1790000000000\n0011…\ne3b0…' | openssl dgst -sha256 -mac HMAC -macopt hexkey:…
    expect(signatureOf(signatureKey(SECRET), SIGNED)).toBe(
      '16cf38f1fa671e9e91cf180ac62848913fcce5262b3667e17d2c1ae2a3058eda',
    );
  });

  it('is read as it is written', () => {
    const written = new RequestSigner(SECRET, () => TIME).sign('GET', '/x?y=1', Buffer.from('body'));
    const shown = readSignature(written);
    expect(shown).toMatchObject({
      time: TIME,
      digest: '230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5',
    });
    expect(isSignedWith(signatureKey(SECRET), { ...shown!, method: 'GET', target: '/x?y=1' }, shown!)).toBe(
      true,
    );
  });

  it('is another one each time', () => {
    const signer = new RequestSigner(SECRET, () => TIME);
    const seen = new Set(Array.from({ length: 100 }, () => signer.sign('GET', '/', undefined)));
    expect(seen.size).toBe(100);
  });

  it.each([
    { method: 'GET' },
    { target: '/peer/v1/appenD' },
    { target: '/peer/v1/append?' },
    { time: TIME + 1 },
    { nonce: '00112233445566778899aabbccddeefe' },
    { digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b854' },
  ])('does not fit %j', (change) => {
    const key = signatureKey(SECRET);
    const shown = { signature: signatureOf(key, SIGNED) };
    expect(isSignedWith(key, SIGNED, shown)).toBe(true);
    expect(isSignedWith(key, { ...SIGNED, ...change }, shown)).toBe(false);
  });

  it.each([
    undefined,
    '',
    'Bearer 0d68b67d1fdb86f5',
    'Hooklog',
    `Hooklog time=1, nonce=${SIGNED.nonce}, digest=${SIGNED.digest}, signature=`,
    `Hooklog time=-1, nonce=${SIGNED.nonce}, digest=${SIGNED.digest}, signature=${SIGNED.digest}`,
    `Hooklog time=1, nonce=${SIGNED.nonce}, digest=${SIGNED.digest}, signature=${SIGNED.digest}\n`,
    `Hooklog time=1, nonce=${SIGNED.nonce}, digest=${SIGNED.digest}, signature=${SIGNED.digest}0`,
    `Hooklog time=1, nonce=${SIGNED.nonce.toUpperCase()}, digest=${SIGNED.digest}, signature=${SIGNED.digest}`,
  ])('is not read from %j', (authorization) => {
    expect(readSignature(authorization)).toBeUndefined();
  });
});
