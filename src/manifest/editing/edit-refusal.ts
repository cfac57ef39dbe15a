import { PatchError } from '../../policy/json-patch.ts';

/** An operation that does not fit the text; thrown inside this folder, a refusal outside. */
export class EditRefusal extends PatchError {
  override readonly name = 'EditRefusal';
  /** UTF-16 offset in the document's text. */
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.offset = offset;
  }
}
