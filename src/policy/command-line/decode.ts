const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const digits = new Uint8Array(128).fill(255);
for (let value = 0; value < alphabet.length; value += 1) digits[alphabet.charCodeAt(value)] = value;

/** The bytes that base64 text stands for, one character each; characters outside the alphabet are passed over. */
export function fromBase64(text: string): string {
  let decoded = '';
  let bits = 0;
  let value = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const digit = code < 128 ? (digits[code] ?? 255) : 255;
    if (digit === 255) continue;
    value = ((value << 6) | digit) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    decoded += String.fromCharCode((value >> bits) & 0xff);
  }
  return decoded;
}

/** The bytes that pairs of hex digits stand for, one character each. */
export function fromHex(text: string): string {
  let decoded = '';
  let high = -1;
  for (let index = 0; index < text.length; index += 1) {
    const digit = Number.parseInt(text.charAt(index), 16);
    if (Number.isNaN(digit)) continue;
    if (high < 0) high = digit;
    else {
      decoded += String.fromCharCode(high * 16 + digit);
      high = -1;
    }
  }
  return decoded;
}

/** The text of UTF-16 bytes, as PowerShell encodes a command. */
export function fromUtf16(bytes: string): string {
  let text = '';
  for (let index = 0; index + 1 < bytes.length; index += 2) {
    text += String.fromCharCode(bytes.charCodeAt(index) | (bytes.charCodeAt(index + 1) << 8));
  }
  return text;
}
