/*
 * Needs the node level. Benign and bad pods are created at a steady pace while one thing after the other happens to
 * Seawall, as installed; what is asserted are counts, never times. SEAWALL_UPDATE=1 writes the table into
 * docs/reliability.md.
 */
import { installSeawall } from '../harness/install-seawall.ts';
import { describeLevel, startTimeoutMs } from '../harness/levels.ts';
import { startNode } from '../harness/node.ts';
import { seawallArchive } from '../harness/seawall-image.ts';
import type { Fault, Site } from './faults.ts';
import { faults } from './faults.ts';
import { writeTable } from './page.ts';
import { readyReplicas } from './replicas.ts';
import { clearLoad, makeLoadNamespace, startSteadyLoad, storedBadPods } from './steady-load.ts';
import type { Tally } from './tally.ts';
import { tableText, tallyOf } from './tally.ts';

const faultTimeoutMs = 5 * 60_000;

/** Flags of kube-apiserver, to see what another behaviour of it costs. */
const flags = process.env['SEAWALL_API_SERVER_FLAGS'];

describeLevel('node', 'Seawall under load and faults', () => {
  let site: Site;
  const tallies: Tally[] = [];

  beforeAll(async () => {
    await seawallArchive();
    const node = await startNode({ apiServerFlags: flags?.split(' ') ?? [] });
    site = { node, installed: await installSeawall(node) };
    await makeLoadNamespace(node.controlPlane);
  }, startTimeoutMs);

  afterAll(async () => {
    await site.node.stop();
    if (process.env['SEAWALL_UPDATE'] === '1' && tallies.length === faults.length)
      writeTable('reliability.md', tableText(tallies));
  });

  test.each(faults.map((fault) => [fault.what, fault] as const))(
    '%s',
    async (_, fault) => {
      const tally = await under(site, fault);
      tallies.push(tally);
      // At once: who waits for minutes wants to see where it is.
      process.stderr.write(`${tableText([tally])}${messagesOf(tally).join('')}`);
      const { benign, bad, messages } = tally;
      const { refused, unrepaired, 'webhook-failed': failed, 'server-failed': unanswered } = benign;
      expect(bad.all).toBeGreaterThan(10);
      expect({ refused, admitted: bad.admitted }).toEqual({ refused: 0, admitted: 0 });
      if (fault.mayCost !== 'seawall')
        expect({ failed, unrepaired, messages }).toMatchObject({ failed: 0, unrepaired: 0 });
      if (fault.mayCost !== 'api server') expect({ unanswered, messages }).toMatchObject({ unanswered: 0 });
    },
    faultTimeoutMs,
  );

  test('the load sees where Seawall is missing', () => {
    const taken = tallies.find(({ what }) => what.startsWith('every replica'));
    expect(taken?.benign['webhook-failed']).toBeGreaterThan(0);
    expect(taken?.messages.join()).toContain('failed calling webhook "pods.seawall.dev"');
  });
});

/** What the load meets from before a fault until all is well again. */
async function under(site: Site, { what, happen }: Fault): Promise<Tally> {
  const { controlPlane } = site.node;
  await readyReplicas(site.node);
  const load = startSteadyLoad(controlPlane);
  try {
    await load.seeThrough(30);
    await happen(site);
    await readyReplicas(site.node);
    await load.seeThrough(60);
  } finally {
    await load.stop();
  }
  const tally = tallyOf(what, await load.stop(), await storedBadPods(controlPlane));
  await clearLoad(controlPlane);
  return tally;
}

function messagesOf({ what, failingMs, messages }: Tally): string[] {
  return messages.map((message) => `${what}, within ${failingMs} ms: ${message}\n`);
}
