import { applyCaBundle } from '../certificates/ca-bundle-keeper.ts';
import { configurationTitle, isInStep, trustedByAll } from '../certificates/ca-bundle.ts';
import { createIssuer } from '../certificates/issuer.ts';
import { rotationTimes } from '../certificates/rotation-times.ts';
import { contentsAfter } from '../certificates/rotation-work.ts';
import { authoritiesToTrust } from '../certificates/secret-contents.ts';
import { createSecret } from '../certificates/secret-store.ts';
import type { Installation, Snapshot } from '../certificates/snapshot.ts';
import { takeSnapshot } from '../certificates/snapshot.ts';
import { ApiError } from '../cluster/api.ts';
import { plainLine } from '../report/terminal.ts';
import type { CertsOptions } from './certs.ts';
import { onInstallation } from './certs.ts';
import type { CommandIo } from './io.ts';
import { exitCodes } from './io.ts';

/**
 * `seawall certs init`: makes the Secret where there is none and fills the caBundles, so that the first start finds both;
 * changes nothing where all is in step.
 */
export function certsInitCommand(options: CertsOptions, io: CommandIo): Promise<number> {
  return onInstallation(options, io, async (installation, clock) => {
    const say = (line: string): void => io.stdout(`${plainLine(line)}\n`);
    const title = `Secret ${installation.namespace}/${installation.secret}`;
    let snapshot = await takeSnapshot(installation, clock);
    if (snapshot.secret === undefined) {
      await makeSecret(installation, snapshot);
      snapshot = await takeSnapshot(installation, clock);
      say(`${title} made`);
    } else {
      say(`${title} is there`);
    }
    const reading = snapshot.secret?.reading;
    if (reading?.kind !== 'read') {
      const problem = reading?.problem ?? 'it was deleted meanwhile';
      io.stderr(`seawall: ${plainLine(`${title} cannot be used: ${problem}; delete it, and run this again`)}\n`);
      return exitCodes.findings;
    }
    const wanted = authoritiesToTrust(reading.contents);
    for (const { ref, found } of snapshot.configurations) {
      if (found === undefined) {
        say(`${configurationTitle(ref)} does not exist, and is filled when Seawall runs`);
      } else if (isInStep(found, wanted)) {
        say(`${configurationTitle(ref)} is in step`);
      } else {
        await applyCaBundle(installation.client, found, wanted);
        say(`${configurationTitle(ref)} filled`);
      }
    }
    return exitCodes.ok;
  });
}

async function makeSecret(installation: Installation, { step, configurations, nowMs }: Snapshot): Promise<void> {
  const { client, namespace, secret: name, names } = installation;
  if (step.kind !== 'create') throw new Error(`the step of an absent Secret is ${step.kind}: a bug of Seawall`);
  const contents = await contentsAfter(step, {
    contents: undefined,
    remembered: undefined,
    known: configurations.flatMap(({ found }) => (found === undefined ? [] : trustedByAll(found))),
    issuer: createIssuer(names, rotationTimes),
    times: rotationTimes,
    nowMs,
  });
  try {
    // Where another was first, what it made is as good.
    await createSecret({ client, namespace, name }, contents);
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.code !== 'not-found') throw cause;
    throw new Error(`namespace ${namespace} does not exist: apply the manifests first, or name another (--namespace)`, {
      cause,
    });
  }
}
