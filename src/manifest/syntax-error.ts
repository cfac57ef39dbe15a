/** Text that the API server's reader refuses; thrown inside this folder and turned into an error entry by `readManifest`. */
export class ManifestSyntaxError extends Error {
  /** UTF-16 offset in the text that was being read. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'ManifestSyntaxError';
    this.offset = offset;
  }
}
