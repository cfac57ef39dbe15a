import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ControlPlane } from '../harness/control-plane.ts';
import { waitUntil } from '../harness/wait-until.ts';

const overlay = join(import.meta.dirname, '..', '..', '..', 'manifests', 'overlays', 'cel');
const configuration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seawall-pods';

/** How Seawall is installed: each form is the one before it, and more. */
export const forms = ['webhook', 'with conditions', 'with policies'] as const;
export type Form = (typeof forms)[number];

interface Webhook {
  readonly name: string;
  readonly clientConfig?: { readonly caBundle?: string };
}

interface Shipped {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly webhooks?: readonly Webhook[];
}

/** Brings what is installed by `kubectl apply -k manifests` into a form, or back from one, whatever caBundle it has. */
export interface FormSwitch {
  /** Resolves when the API server goes by it. */
  readonly to: (form: Form) => Promise<void>;
}

/** Takes the forms from the overlay `cel`, as kustomize builds it. */
export async function formSwitch(controlPlane: ControlPlane): Promise<FormSwitch> {
  const { kubectl } = controlPlane;
  const shipped = parseAllDocuments(await must(kubectl(['kustomize', overlay]))).map(
    (document) => document.toJS() as Shipped,
  );
  const policies = shipped.filter(({ kind }) => /AdmissionPolicy(?:Binding)?$/.test(kind));
  const conditioned = shipped.find(({ metadata }) => metadata.name === 'seawall-pods')?.webhooks ?? [];
  if (conditioned.length < 2 || policies.length === 0) throw new Error('the overlay cel has no conditions or policies');
  const plain = await webhooksOf(controlPlane);
  let round = 0;
  return {
    async to(form) {
      const marker = `round-${(round += 1)}.outage.test`;
      await putWebhooks(controlPlane, form === 'webhook' ? plain : conditioned, marker);
      if (form === 'with policies') await controlPlane.apply(policies);
      else {
        const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: policies });
        await must(kubectl(['delete', '-f', '-', '--ignore-not-found'], { stdin }));
      }
      await waitUntil(`${form} to be in force`, () => isInForce(controlPlane, marker, form, policies));
    },
  };
}

async function webhooksOf({ request }: Pick<ControlPlane, 'request'>): Promise<readonly Webhook[]> {
  const { body } = await request('GET', configuration);
  return (body as { readonly webhooks: readonly Webhook[] }).webhooks;
}

/** Leaves the caBundle as it is, and adds one webhook that nobody answers for what is labelled with its name. */
async function putWebhooks(controlPlane: ControlPlane, webhooks: readonly Webhook[], marker: string): Promise<void> {
  const [before] = await webhooksOf(controlPlane);
  const caBundle = before?.clientConfig?.caBundle;
  if (caBundle === undefined) throw new Error('the webhook for pods has no caBundle yet');
  const service = { namespace: 'seawall', name: 'seawall', path: '/validate', port: 443 };
  const value = [
    ...webhooks.map((each) => ({ ...each, clientConfig: { service, caBundle } })),
    {
      name: marker,
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      objectSelector: { matchLabels: { marker } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
    },
  ];
  const patch = [{ op: 'replace', path: '/webhooks', value }];
  const options = { contentType: 'application/json-patch+json' };
  const { status, body } = await controlPlane.request('PATCH', configuration, patch, options);
  if (status !== 200) throw new Error(`the conditions cannot be changed: ${JSON.stringify(body)}`);
}

/** Whether the API server knows the marked configuration, and the policies where they belong to the form. */
async function isInForce(
  controlPlane: ControlPlane,
  marker: string,
  form: Form,
  policies: readonly Shipped[],
): Promise<true | undefined> {
  const { status, body } = await controlPlane.request('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'marked', labels: { marker } },
  });
  if (status !== 500 || !JSON.stringify(body).includes(marker)) return undefined;
  const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe' }, spec });
  const dry = '/api/v1/namespaces/default/pods?dryRun=All';
  const containers = [{ name: 'app', image: 'app' }];
  const refused = await controlPlane.request('POST', dry, pod({ hostNetwork: true, containers }));
  if (JSON.stringify(refused.body).includes('ValidatingAdmissionPolicy') !== (form === 'with policies'))
    return undefined;
  const repairs = form === 'with policies' && policies.some(({ kind }) => kind === 'MutatingAdmissionPolicy');
  if (!repairs) return true;
  return JSON.stringify((await controlPlane.request('POST', dry, pod({ containers }))).body).includes('NET_RAW')
    ? true
    : undefined;
}

async function must(done: ReturnType<ControlPlane['kubectl']>): Promise<string> {
  const { code, stdout, stderr } = await done;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
