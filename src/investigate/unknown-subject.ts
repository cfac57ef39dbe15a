/** What was to be investigated is not there, or no kind is called so. */
export class UnknownSubject extends Error {
  override readonly name = 'UnknownSubject';
}
