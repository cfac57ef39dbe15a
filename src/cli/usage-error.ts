/** A command line that asks for what does not exist; the command ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
