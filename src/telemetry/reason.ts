/** The message of whatever was thrown; by its shape, since errors of another realm are no `instanceof Error`. */
export function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') {
    return error.message;
  }
  return 'something that is not an error was thrown';
}
