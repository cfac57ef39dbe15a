import { asObject, asString } from '../policy/json.ts';
import type { AdmissionRequest } from './review.ts';

/** What is asked for where the object is not a thing but the options of a deed. */
const deeds: ReadonlyMap<string, string> = new Map([
  ['PodExecOptions', 'exec into Pod'],
  ['PodAttachOptions', 'attach to Pod'],
]);

/** What a request is about, as its caller is told: `Pod default/app`. Its words are the caller's own, and may be long. */
export function objectInWords(request: AdmissionRequest): string {
  const { kind, namespace } = request;
  const name = nameOf(request);
  return `${deeds.get(kind) ?? kind} ${namespace === '' ? '' : `${namespace}/`}${name === '' ? '(unnamed)' : name}`;
}

/** Letters that the API server adds to a generateName, of which it keeps the first 58. Source: k8s.io/apiserver storage/names. */
const generatedLength = 5;
const maxBaseLength = 58;

/**
 * A name that the API server has just made tells nobody anything, and is another with each try: each refusal would be a
 * new event of the controller instead of one that is counted. Options of exec have no name but the request's.
 */
function nameOf({ operation, name, object }: AdmissionRequest): string {
  const metadata = asObject(asObject(object)['metadata']);
  const own = asString(metadata['name']) || name;
  const base = asString(metadata['generateName']);
  if (operation !== 'CREATE' || base === '') return own;
  // A StatefulSet's pods have a generateName, and a name of their own.
  const kept = base.slice(0, maxBaseLength);
  const isGenerated = own.startsWith(kept) && own.length === kept.length + generatedLength;
  return own === '' || isGenerated ? `${base}*` : own;
}
