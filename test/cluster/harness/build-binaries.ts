// `node test/cluster/harness/build-binaries.ts [control-plane|node]` makes the programs of a level before tests need
// them, so that a CI job can do it in a step of its own. Says what is missing and ends with 1 where it cannot.
import { programPath } from './binaries.ts';
import { missingFor, programsOf } from './levels.ts';

const level = process.argv[2] === 'control-plane' ? 'control plane' : 'node';
const missing = missingFor(level, true);
if (missing !== undefined) {
  process.stderr.write(`cluster: ${missing}\n`);
  process.exit(1);
}
for (const program of programsOf(level)) process.stdout.write(`${await programPath(program)}\n`);
