/* The command line over files: what is printed, and with which code it ends. The cluster's own answers: test/cluster. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/policy/finding.ts';
import { asList, asObject, asString } from '../../src/policy/json.ts';
import { binding, namespace, role } from '../rbac/snapshots.ts';
import type { CommandResult } from '../support/command-io.ts';
import { runCommand } from '../support/command-io.ts';

const webhook = asObject(parse(readFileSync('manifests/base/50-webhook-pods.yaml', 'utf8')));
/** Without a caBundle, and with failurePolicy Ignore. */
const unknown: JsonObject = {
  ...webhook,
  webhooks: asList(webhook['webhooks']).map((each) => ({ ...asObject(each), failurePolicy: 'Ignore' })),
};
/** The webhook as Seawall keeps it: with a certificate to know it by. */
const registered: JsonObject = {
  ...webhook,
  webhooks: asList(webhook['webhooks']).map((value) => {
    const each = asObject(value);
    return { ...each, clientConfig: { ...asObject(each['clientConfig']), caBundle: 'bm90IGV4cGlyZWQ=' } };
  }),
};
const maker = [role('shop', 'maker', 'create - pods'), binding('shop', 'b', 'Role maker', 'User jane')];

const who = (objects: readonly JsonObject[], ...argv: readonly string[]): Promise<CommandResult> =>
  runCommand(['who', '--from', '-', ...argv], {
    stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seawall-rbac-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const limit =
  'L24: whoever has a node (root, or its credentials) runs static pods and reaches every pod on it; this is no matter of RBAC';
const unregistered = 'no webhook of Seawall is in the files: what it would refuse is not told, nor L19 and L22';

describe('the formats', () => {
  const hostile = [namespace('shop'), role('shop', 'maker', 'create - pods')];
  // Names as RBAC takes them: any text.
  const objects = [
    ...hostile,
    { ...binding('shop', 'b', 'Role maker'), subjects: [{ kind: 'User', name: '=cmd|x`<b>\u001b[2J' }] },
  ];

  test('table', async () => {
    const { code, stdout } = await who(objects);
    expect(code).toBe(0);
    expect(stdout).toBe(`high      User =cmd|x\`<b>\\u001b[2J
  L1   create pods, shop: possible
       by Role shop/maker (create pods), by RoleBinding shop/b

${unregistered}
${limit}
1 subject with launch paths; 1 system account folded (--system shows them)
`);
  });

  test('csv', async () => {
    const { stdout } = await who(objects, '-o', 'csv');
    const lines = stdout.split('\r\n');
    expect(lines[0]).toBe(
      'kind,subject namespace,subject,path,title,severity,direct,everywhere,namespace,effect,reason,granted by,chain,system',
    );
    expect(lines.filter((line) => line.startsWith('User'))).toEqual([
      'User,,\'=cmd|x`<b>\\u001b[2J,L1,create pods,high,true,false,shop,possible,,"Role shop/maker (create pods), by RoleBinding shop/b",,false',
    ]);
  });

  test('markdown', async () => {
    const { stdout } = await who(objects, '-o', 'markdown');
    expect(stdout).toBe(`## Launch paths: 1 subject


### high: \`\` User =cmd|x\`<b>\\u001b[2J \`\`

| path | where | effect | by |
| --- | --- | --- | --- |
| L1 create pods | \`shop\` | \`possible\` | \`Role shop/maker (create pods), by RoleBinding shop/b\` |

- \`${unregistered}\`
- \`${limit}\`
- \`1 subject with launch paths; 1 system account folded (--system shows them)\`
`);
  });

  test('yaml and json hold the same', async () => {
    const [yaml, json] = await Promise.all([who(objects, '-o', 'yaml'), who(objects, '-o', 'json')]);
    const document: unknown = JSON.parse(json.stdout);
    expect(parse(yaml.stdout)).toEqual(document);
    expect(asList(asObject(document)['subjects'])).toHaveLength(2);
  });
});

test.each<[what: string, objects: readonly JsonObject[], effect: string]>([
  ['nothing', [namespace('shop')], 'possible'],
  [
    'Pod Security',
    [namespace('shop', { 'pod-security.kubernetes.io/enforce': 'baseline' })],
    'refused by Pod Security',
  ],
  [
    'a level that is privileged',
    [namespace('shop', { 'pod-security.kubernetes.io/enforce': 'privileged' })],
    'possible',
  ],
  ['Seawall', [namespace('shop'), registered], 'refused by Seawall'],
  [
    'Seawall that nobody can know',
    [namespace('shop'), webhook],
    'refused by Seawall (seawall-pods: its caBundle is absent, and failurePolicy Fail refuses everything)',
  ],
  ['Seawall that nobody can know, and nobody waits for', [namespace('shop'), unknown], 'not enforced (seawall-pods: '],
  [
    'Seawall with a selector that leaves the namespace out',
    [
      namespace('shop'),
      {
        ...registered,
        webhooks: asList(registered['webhooks']).map((each) => ({
          ...asObject(each),
          namespaceSelector: { matchLabels: { guarded: 'yes' } },
        })),
      },
    ],
    'not enforced',
  ],
])('the effect under %s', async (_, objects, effect) => {
  const { stdout } = await who([...objects, ...maker]);
  const line = stdout.split('\n').find((each) => each.includes('create pods, shop'));
  expect(line).toContain(`  L1   create pods, shop: ${effect}`);
});

describe('against a baseline', () => {
  const shop = namespace('shop');
  const guarded = [shop, registered, ...maker];
  const open = [shop, ...maker];
  const editor = binding('shop', 'e', 'view', 'User jane');

  test.each<
    [what: string, before: readonly JsonObject[], after: readonly JsonObject[], news: number, gone: readonly string[]]
  >([
    ['the same', open, open, 0, []],
    ['a right that reads only', open, [...open, editor], 0, []],
    ['another subject', open, [...open, binding('shop', 'c', 'Role maker', 'User joe')], 1, []],
    ['one subject less', [...open, binding('shop', 'c', 'Role maker', 'User joe')], open, 0, ['User joe L1 shop']],
    [
      'one namespace more',
      open,
      [
        ...open,
        namespace('ops'),
        role('ops', 'maker', 'create - pods'),
        binding('ops', 'b', 'Role maker', 'User jane'),
      ],
      1,
      [],
    ],
    ['what was refused and is possible', guarded, open, 1, []],
    ['what was refused and is not enforced', guarded, [shop, unknown, ...maker], 1, []],
    ['what was possible and is refused', open, guarded, 0, []],
    [
      'what is refused by another',
      guarded,
      [namespace('shop', { 'pod-security.kubernetes.io/enforce': 'restricted' }), ...maker],
      0,
      [],
    ],
  ])('%s', async (_, before, after, news, gone) => {
    const file = join(folder, 'before.json');
    writeFileSync(file, (await who(before, '-o', 'json')).stdout);
    const { code, stdout } = await who(after, '-o', 'json', '--baseline', file, '--fail-on', 'new');
    const { subjects, deltas } = asObject(JSON.parse(stdout));
    const fresh = asList(subjects)
      .map(asObject)
      .filter(({ system }) => system !== true)
      .flatMap(({ paths }) => asList(paths).map(asObject))
      .filter((path) => path['new'] === true);
    expect(fresh).toHaveLength(news);
    expect(
      asList(asObject(deltas)['gone'])
        .map((value) => {
          const { subject, path, namespaces } = asObject(value);
          return `${asString(subject)} ${asString(path)} ${asList(namespaces).join()}`;
        })
        .filter((each) => !each.startsWith('Group system:')),
    ).toEqual(gone);
    expect(code).toBe(news > 0 ? 3 : 0);
  });

  test.each([
    ['{', 'it is no JSON; a baseline is an earlier report in the format json'],
    ['{}', 'it is no RbacReport of Seawall; a baseline is an earlier report in the format json'],
    ['[]', 'it is no RbacReport of Seawall; a baseline is an earlier report in the format json'],
  ])('a file that is none: %s', async (text, message) => {
    const file = join(folder, 'none.json');
    writeFileSync(file, text);
    const { code, stderr } = await who(open, '--baseline', file);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test('one of another namespace', async () => {
    const file = join(folder, 'other.json');
    writeFileSync(file, (await who(open, '-o', 'json', '-n', 'shop')).stdout);
    const { code, stderr } = await who(open, '--baseline', file);
    expect(code).toBe(1);
    expect(stderr).toContain('the baseline is of another namespace or person; make both with the same -n and --as');
  });
});

test.each<[what: string, objects: readonly JsonObject[], argv: readonly string[], code: number, stderr: string]>([
  ['nothing that decides', [], [], 2, '-: no Role, ClusterRole, RoleBinding or ClusterRoleBinding is in it'],
  ['a role that is missing', [namespace('shop'), binding('shop', 'b', 'Role gone', 'User jane')], [], 4, ''],
  [
    'and is allowed to be',
    [namespace('shop'), binding('shop', 'b', 'Role gone', 'User jane')],
    ['--allow-partial'],
    0,
    '',
  ],
  ['what is possible', [namespace('shop'), ...maker], ['--fail-on', 'possible'], 3, ''],
  ['--fail-on new alone', maker, ['--fail-on', 'new'], 2, '--fail-on new goes with --baseline'],
  ['--as-group alone', maker, ['--as-group', 'ops'], 2, '--as-group goes with --as'],
])('the exit code for %s', async (_, objects, argv, code, stderr) => {
  const result = await who(objects, ...argv);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(stderr);
});
