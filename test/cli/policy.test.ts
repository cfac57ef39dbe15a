import { Readable } from 'node:stream';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandIo } from '../../src/cli/io.ts';
import {
  policyExplainCommand,
  policySchemaCommand,
  policyShowCommand,
  policyValidateCommand,
} from '../../src/cli/policy.ts';
import { policyJsonSchema } from '../../src/policy/policy.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { ruleDefinitions } from '../../src/policy/rules/index.ts';
import { readPolicyText } from '../../src/policy-file/read.ts';
import { writePolicyText } from '../../src/policy-file/write.ts';

interface Recorded extends CommandIo {
  readonly out: string[];
  readonly err: string[];
}

function recording(given: { readonly tty?: boolean; readonly stdin?: string } = {}): Recorded {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out,
    err,
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stdin: () => Promise.resolve(new TextEncoder().encode(given.stdin ?? '')),
    stdinChunks: () => Readable.from([]) as AsyncIterable<Uint8Array>,
    isTty: { stdout: given.tty ?? false, stderr: given.tty ?? false },
    env: {},
    onSignal: () => undefined,
    now: () => Date.UTC(2026, 10, 24),
  };
}

const head = 'apiVersion: seawall.dev/v1alpha1\nkind: Policy\nmetadata: { name: prod }\n';

const changed = `${head}spec:
  profile: strict
  rules:
    host-ipc: { fix: true }
    network-tool-image:
      classes:
        relay: { action: warn, add: [corp/relay-*], remove: [alpine/socat] }
        dns: { add: [corp/dns] }
        bandwidth: { hostAccess: audit }
  exemptions:
    - name: cni
      reason: "turns \\u009b31m red\\n\\u202e and round"
      owner: "team\\e[31m"
      expires: 2026-11-25
      rules: [host-network]
      namespaces: [kube-system]
      images: ["**/calico/**"]
  kinds:
    - { group: a.io, kind: Run, podSpecs: ["spec.tasks[*].template.spec"] }
`;

let folder = '';
let file = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seawall-policy-'));
  file = join(folder, 'policy.yaml');
  await writeFile(file, changed);
});

afterAll(() => rm(folder, { recursive: true }));

// What a terminal would obey: C0 but the end of a line, C1, marks of direction.
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe('policy show', () => {
  async function show(output: 'table' | 'yaml' | 'json', policy?: string): Promise<string> {
    const io = recording();
    expect(await policyShowCommand({ output, policy }, io)).toBe(0);
    expect(io.err).toEqual([]);
    return io.out.join('');
  }

  test('as a table: every rule and class, and where each value comes from', async () => {
    const lines = (await show('table', file)).split('\n');
    for (const line of [
      'policy prod',
      'profile strict (file)',
      'workload templates deny at most (profile)',
      'RULE                  ACTION  WITH HOST ACCESS  REPAIR  ENTRIES  FROM',
      'host-network          deny                                       profile',
      'host-ipc              deny                      yes              action profile, repair file',
      '  spoof               deny    deny                      2        profile',
      '  relay               warn    warn                      5        file',
      '  dns                 deny    deny                      5        action profile, host access profile, entries file',
      '  bandwidth           deny    audit                     1        action profile, host access file',
      '  part of a name      audit   audit                              default',
      'EXEMPTION  RULES         COVERS                     ENDS        OWNER',
      'cni        host-network  kube-system, **/calico/**  2026-11-25  team\\u001b[31m',
      'Run.a.io  spec.tasks[*].template.spec',
    ]) {
      expect(lines).toContain(line);
    }
  });

  test('every rule stands in every format', async () => {
    for (const output of ['table', 'yaml', 'json'] as const) {
      const text = await show(output);
      for (const { id } of ruleDefinitions) expect(text).toContain(id);
    }
  });

  test('nothing of the file reaches the terminal that it would obey', async () => {
    for (const output of ['table', 'yaml', 'json'] as const) expect(await show(output, file)).not.toMatch(obeyed);
  });

  test('as YAML: a policy file that says everything, and is the same policy', async () => {
    const text = await show('yaml', file);
    expect(text).toContain('      hostAccess: warn # file\n'.trimStart());
    const [before, after] = [readPolicyText(changed, 'a'), readPolicyText(text, 'b')];
    expect(inForce(after)).toEqual(inForce(before));
    for (const profile of ['observe', 'default', 'strict']) {
      const policy = readPolicyText(`${head}spec: { profile: ${profile} }\n`, 'a');
      expect(inForce(readPolicyText(writePolicyText(policy), 'b'))).toEqual(inForce(policy));
    }
  });

  test('as JSON: every entry, origin and warning', async () => {
    const document: unknown = JSON.parse(await show('json', file));
    expect(document).toMatchObject({
      apiVersion: 'seawall.dev/v1alpha1',
      kind: 'EffectivePolicy',
      metadata: { name: 'prod' },
      profile: 'strict',
      origins: { 'rules.host-ipc.fix': 'file', 'rules.host-ipc.action': 'profile' },
      warnings: [{ path: 'spec.exemptions[0].images[0]' }, { path: 'spec.exemptions[0].expires' }],
    });
  });
});

/** What the evaluator sees of a policy. */
function inForce({ rules, workloads, profile, kinds, written }: Policy): unknown {
  return {
    rules: rules.map(({ definition, settings }) => [definition.id, settings]),
    workloads,
    profile,
    kinds,
    exemptions: written.spec.exemptions ?? [],
  };
}

describe('policy validate', () => {
  async function validate(...files: string[]): Promise<[number, string[], string[]]> {
    const io = recording({ stdin: `${head}spec: { worklods: warn }\n` });
    const code = await policyValidateCommand(files, io);
    const lines = (texts: readonly string[]): string[] =>
      texts.join('').replaceAll(folder, '').split('\n').slice(0, -1);
    return [code, lines(io.out), lines(io.err)];
  }

  test('warns, each at its line, and takes the file', async () => {
    expect(await validate(file)).toEqual([
      0,
      ['/policy.yaml: policy "prod" is valid'],
      [
        '/policy.yaml:20:16: warning: spec.exemptions[0].images[0]: "**/calico/**" is open to any registry: whoever has one names an image so; begin with a registry',
        '/policy.yaml:17:7: warning: spec.exemptions[0].expires: exemption "cni" ends in 2 days; take it out, or let team\\u001b[31m give it a new day',
      ],
    ]);
  });

  test('tells every problem of every file, and ends with 1', async () => {
    const latin = join(folder, 'latin.yaml');
    await writeFile(latin, new Uint8Array([0x61, 0xe9]));
    expect(await validate('-', join(folder, 'none.yaml'), latin, file)).toEqual([
      1,
      ['/policy.yaml: policy "prod" is valid'],
      expect.arrayContaining([
        '-:4:9: spec.worklods: unknown key "worklods"; did you mean "workloads"?',
        "/none.yaml: cannot be read: ENOENT: no such file or directory, open '/none.yaml'",
        '/latin.yaml: cannot be read: The encoded data was not valid for encoding utf-8',
      ]),
    ]);
  });
});

describe('policy explain', () => {
  test.each(ruleDefinitions.map(({ id }) => [id] as const))('%s', (id) => {
    const io = recording();
    expect(policyExplainCommand(id, io)).toBe(0);
    const text = io.out.join('');
    for (const heading of ['WHY', 'FIELDS', 'WHAT PASSES', 'WHAT TO DO', 'IN THE POLICY FILE', 'SOURCES']) {
      expect(text).toContain(heading);
    }
    expect(text).not.toMatch(/`|<https/);
  });

  test('headings stand out on a terminal', () => {
    const io = recording({ tty: true });
    policyExplainCommand('host-pid', io);
    expect(io.out.join('')).toMatch(/^\u001b\[1m.*\u001b\[22m\n/);
  });

  test.each([
    ['net-rwa', 'unknown rule "net-rwa"; did you mean "net-raw"?'],
    ['__proto__', `unknown rule "__proto__"; rules: ${ruleDefinitions.map(({ id }) => id).join(', ')}`],
  ])('%s does not exist', (id, message) => {
    expect(() => policyExplainCommand(id, recording())).toThrow(
      expect.objectContaining({ name: 'UsageError', message }),
    );
  });
});

test('policy schema prints the JSON Schema', () => {
  const io = recording();
  expect(policySchemaCommand(io)).toBe(0);
  expect(JSON.parse(io.out.join(''))).toEqual(policyJsonSchema());
});
