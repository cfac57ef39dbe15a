/** How many characters of strings `work` looks at, by every way that a reader has to look at one. */
export function charactersLookedAt(work: () => void): number {
  // Kept to be put back; each is called with a string as `this`.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { charAt, charCodeAt, startsWith, endsWith, indexOf } = String.prototype;
  let count = 0;
  Object.assign(String.prototype, {
    charAt(this: string, at: number) {
      count++;
      return charAt.call(this, at);
    },
    charCodeAt(this: string, at: number) {
      count++;
      return charCodeAt.call(this, at);
    },
    startsWith(this: string, text: string, at?: number) {
      count += text.length;
      return startsWith.call(this, text, at);
    },
    endsWith(this: string, text: string) {
      count += text.length;
      return endsWith.call(this, text);
    },
    indexOf(this: string, text: string, at = 0) {
      const found = indexOf.call(this, text, at);
      count += (found === -1 ? this.length : found + text.length) - at;
      return found;
    },
  });
  try {
    work();
  } finally {
    Object.assign(String.prototype, { charAt, charCodeAt, startsWith, endsWith, indexOf });
  }
  return count;
}
