import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface Validator {
  addMetaSchema(schema: object): void;
  compile(schema: object): ((value: unknown) => boolean) & { errors?: unknown };
}

const own = createRequire(import.meta.url);
const packageFile = own.resolve('@microsoft/jest-sarif/package.json');
// The validator as that package brings it; its own matcher needs a package that it does not name.
const theirs = createRequire(packageFile);
const Ajv = theirs('ajv') as new (options: object) => Validator;

const schemaFile = join(dirname(packageFile), 'lib', 'schemas', 'sarif-2.1.0-rtm.5.json');
const ajv = new Ajv({ schemaId: 'auto', allErrors: true, unknownFormats: 'ignore' });
ajv.addMetaSchema(theirs('ajv/lib/refs/json-schema-draft-04.json') as object);
const validate = ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);

/** What the official JSON schema of SARIF 2.1.0 has against a log; empty where nothing. */
export function sarifProblems(log: unknown): unknown {
  return validate(log) ? [] : validate.errors;
}
