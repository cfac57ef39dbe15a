// `npm run cluster`: a whole cluster of one node with Seawall installed, to play with until Ctrl-C. Needs root on Linux.
import { once } from 'node:events';
import { dirname } from 'node:path';
import { programPath } from './harness/binaries.ts';
import { installSeawall } from './harness/install-seawall.ts';
import { missingFor } from './harness/levels.ts';
import { startNode } from './harness/node.ts';
import { witnessImage } from './harness/witness.ts';

const say = (text: string) => void process.stderr.write(`${text}\n`);

const missing = missingFor('node', true);
if (missing !== undefined) {
  say(`cluster: ${missing}`);
  process.exit(1);
}
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
say('cluster: starting; the first time its programs are built, which takes about 15 minutes');
const node = await startNode();
try {
  const { kubeconfig, kubectl } = node.controlPlane;
  say('cluster: installing Seawall: kubectl apply -k manifests');
  await Promise.race([installSeawall(node), stopped]);
  const { stdout } = await kubectl(['get', 'pods', '--all-namespaces']);
  say(stdout);
  process.stdout.write(`export KUBECONFIG=${kubeconfig} PATH=${dirname(await programPath('kubectl'))}:$PATH\n`);
  say(`
  kubectl run debug --image=nicolaka/netshoot                      # refused: a network tool's image
  kubectl run app --image=${witnessImage} --image-pull-policy=Never -- report-and-pause
  kubectl logs app                                                 # its raw sockets are taken away
  kubectl exec app -- nmap                                         # let through: the pod has no host access; see Seawall's log
  kubectl create deployment tool --image=corp/netshoot               # warned of, and its pods refused
  kubectl -n seawall edit configmap seawall-policy                 # in force about a minute later
  kubectl -n seawall logs -l app.kubernetes.io/name=seawall -f

No image can be pulled here: pods of other images are admitted and never start. Ctrl-C takes everything down.`);
  await stopped;
} finally {
  say('cluster: taking everything down');
  await node.stop();
}
