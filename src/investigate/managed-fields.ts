import type { JsonObject } from '../policy/finding.ts';
import { asList, asObject, asString } from '../policy/json.ts';

/** A program that wrote fields of an object; it names itself as it likes, and says nothing of who ran it. */
export interface FieldManager {
  readonly manager: string;
  /** `Apply` or `Update`. */
  readonly operation: string;
  /** RFC 3339 of its last write. */
  readonly time: string;
  /** Whether it wrote what pods are made from. */
  readonly wroteSpec: boolean;
}

/** Who wrote an object's fields, statuses left out, the newest first. */
export function fieldManagersOf(object: JsonObject): FieldManager[] {
  return asList(asObject(object['metadata'])['managedFields'])
    .map(asObject)
    .filter(({ subresource }) => subresource !== 'status')
    .map(({ manager, operation, time, fieldsV1 }) => ({
      manager: asString(manager),
      operation: asString(operation),
      time: asString(time),
      wroteSpec: Object.hasOwn(asObject(fieldsV1), 'f:spec') || Object.hasOwn(asObject(fieldsV1), 'f:template'),
    }))
    .toSorted((one, other) => (one.time < other.time ? 1 : -1));
}
