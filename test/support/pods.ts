/** Plain JSON objects for tests: one minimal pod, and small changes of it. */

export type Fields = Readonly<Record<string, unknown>>;

export const benignImage = 'registry.k8s.io/pause:3.10';

/** A container that no rule of the default policy has anything to say of. */
export function container(fields: Fields = {}): Fields {
  return {
    name: 'app',
    image: benignImage,
    securityContext: { capabilities: { drop: ['NET_RAW'] } },
    ...fields,
  };
}

/** A container with the given capabilities. */
export function capable(capabilities: Fields): Fields {
  return container({ securityContext: { capabilities } });
}

export function podSpec(fields: Fields = {}): Fields {
  return { containers: [container()], ...fields };
}

export function pod(spec: Fields = {}, metadata: Fields = {}): Fields {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', ...metadata }, spec: podSpec(spec) };
}

/** A pod whose only container runs this command. */
export function running(...command: readonly string[]): Fields {
  return pod({ containers: [container({ command })] });
}

/** An object of a kind that keeps something at a dotted path; numbers in the path make lists. */
export function holding(apiVersion: string, kind: string, path: string, value: unknown): Fields {
  const nested = path
    .split('.')
    .reduceRight<unknown>((inner, step) => (step === '0' ? [inner] : { [step]: inner }), value);
  return { apiVersion, kind, metadata: { name: 'app' }, ...(nested as Fields) };
}

export function deployment(spec: Fields = {}): Fields {
  return holding('apps/v1', 'Deployment', 'spec.template.spec', podSpec(spec));
}

export function list(...items: readonly unknown[]): Fields {
  return { apiVersion: 'v1', kind: 'List', items };
}
