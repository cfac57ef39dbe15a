import { editManifest } from '../../src/manifest/edit.ts';
import type { PatchOperation } from '../../src/policy/json-patch.ts';
import type { FieldPath } from '../../src/policy/finding.ts';

const app: FieldPath = ['spec', 'containers', 0];
const podOf = (container: FieldPath): FieldPath => container.slice(0, -2);
const context = { capabilities: { drop: ['NET_RAW'] } };
const capabilities = (container = app): FieldPath => [...container, 'securityContext', 'capabilities'];
const addContext = (container = app): PatchOperation => ({
  op: 'add',
  path: [...container, 'securityContext'],
  value: context,
});
const addCapabilities = (container = app): PatchOperation => ({
  op: 'add',
  path: capabilities(container),
  value: context.capabilities,
});
const addDrop = (container = app): PatchOperation => ({
  op: 'add',
  path: [...capabilities(container), 'drop'],
  value: ['NET_RAW'],
});
const appendDrop = (container = app): PatchOperation => ({
  op: 'add',
  path: [...capabilities(container), 'drop', '-'],
  value: 'NET_RAW',
});
const removeAdd = (index: number, container = app): PatchOperation => ({
  op: 'remove',
  path: [...capabilities(container), 'add', index],
});
const noHostIpc = (container = app): PatchOperation => ({
  op: 'replace',
  path: [...podOf(container), 'hostIPC'],
  value: false,
});

function edited(text: string, operations: readonly PatchOperation[], documentIndex = 0): string {
  const result = editManifest(text, [{ documentIndex, operations }]);
  return result.ok ? result.text : `refused: ${result.reason}`;
}

const deployment: FieldPath = ['spec', 'template', 'spec', 'containers', 0];
const cronJob: FieldPath = ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers', 0];

/** Name, operations, text before, text after. */
const table: readonly (readonly [string, readonly PatchOperation[], string, string])[] = [
  [
    'a new context goes below the last field of a compact item',
    [addContext()],
    'spec:\n  containers:\n  - name: x   # n\n    image: "a"  \n\n  # tail\n  hostIPC: true\n',
    'spec:\n  containers:\n  - name: x   # n\n    image: "a"  \n    securityContext:\n      capabilities:\n        drop:\n        - NET_RAW\n\n  # tail\n  hostIPC: true\n',
  ],
  [
    'at the indentation of the file, lists indented as its own are',
    [addContext()],
    'spec:\n    containers:\n        - name: x',
    'spec:\n    containers:\n        - name: x\n          securityContext:\n              capabilities:\n                  drop:\n                      - NET_RAW',
  ],
  [
    'with the line ends of the file',
    [addContext()],
    'spec:\r\n  containers:\r\n  - name: x\r\n',
    'spec:\r\n  containers:\r\n  - name: x\r\n    securityContext:\r\n      capabilities:\r\n        drop:\r\n        - NET_RAW\r\n',
  ],
  [
    'below a block text, whose empty lines stay',
    [addContext()],
    'spec:\n  containers:\n  - name: x\n    args:\n    - |\n      a\n\n\n  - name: y\n',
    'spec:\n  containers:\n  - name: x\n    args:\n    - |\n      a\n    securityContext:\n      capabilities:\n        drop:\n        - NET_RAW\n\n\n  - name: y\n',
  ],
  [
    'below a block text that keeps its empty lines',
    [addContext()],
    'spec:\n  containers:\n  - name: x\n    tty: |+\n      a\n\n\n  - name: y\n',
    'spec:\n  containers:\n  - name: x\n    tty: |+\n      a\n\n\n    securityContext:\n      capabilities:\n        drop:\n        - NET_RAW\n  - name: y\n',
  ],
  [
    'in an item that begins on its own line',
    [addContext()],
    'spec:\n  containers:\n    -\n      name: x\n',
    'spec:\n  containers:\n    -\n      name: x\n      securityContext:\n        capabilities:\n          drop:\n            - NET_RAW\n',
  ],
  [
    'an empty context with a comment',
    [addContext()],
    'spec:\n  containers:\n  - securityContext:   # later\n    name: x\n',
    'spec:\n  containers:\n  - securityContext:   # later\n      capabilities:\n        drop:\n        - NET_RAW\n    name: x\n',
  ],
  [
    'a null context',
    [addContext()],
    'spec:\n  containers:\n  - securityContext: ~ # later\n    name: x\n',
    'spec:\n  containers:\n  - securityContext: # later\n      capabilities:\n        drop:\n        - NET_RAW\n    name: x\n',
  ],
  [
    'a context in braces',
    [addCapabilities()],
    'spec:\n  containers:\n  - securityContext: {}  # none\n    name: x\n',
    'spec:\n  containers:\n  - securityContext: {capabilities: {drop: [NET_RAW]}}  # none\n    name: x\n',
  ],
  [
    'null capabilities',
    [addCapabilities()],
    'spec:\n  containers:\n  - securityContext:\n      capabilities: null\n      privileged: false\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop:\n        - NET_RAW\n      privileged: false\n',
  ],
  [
    'capabilities without drop',
    [addDrop()],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add: ["CHOWN"]\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add: ["CHOWN"]\n        drop:\n        - NET_RAW\n',
  ],
  [
    'a null drop',
    [addDrop()],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop:\n        add: [CHOWN]\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop:\n        - NET_RAW\n        add: [CHOWN]\n',
  ],
  [
    'an empty drop',
    [appendDrop()],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop: [] # none\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop: [NET_RAW] # none\n',
  ],
  [
    'a drop in a block',
    [appendDrop()],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop:\n        - SYS_TIME # t\n        # more\n        add: []\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop:\n        - SYS_TIME # t\n        - NET_RAW\n        # more\n        add: []\n',
  ],
  [
    'a drop in brackets',
    [appendDrop()],
    "spec:\n  containers:\n  - securityContext: {capabilities: {drop: ['A',  B , ]}}\n",
    "spec:\n  containers:\n  - securityContext: {capabilities: {drop: ['A',  B, NET_RAW , ]}}\n",
  ],
  [
    'a drop in brackets on lines of their own',
    [appendDrop()],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop: [\n          A, # a\n          B # b\n        ]\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop: [\n          A, # a\n          B,\n          NET_RAW # b\n        ]\n',
  ],
  [
    'a grant among others',
    [removeAdd(1)],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add:\n        - CHOWN # c\n        - NET_RAW # r\n        # s\n        - SYS_TIME\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add:\n        - CHOWN # c\n        # s\n        - SYS_TIME\n',
  ],
  [
    'the last grant of a file without a last line end',
    [removeAdd(1)],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add:\n        - CHOWN\n        - NET_RAW',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add:\n        - CHOWN',
  ],
  [
    'the only grant, and a drop instead',
    [removeAdd(0), addDrop()],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add: # list\n        - NET_RAW\n    name: x\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add: [] # list\n        drop:\n        - NET_RAW\n    name: x\n',
  ],
  [
    'grants in brackets, from the last on',
    [removeAdd(2), removeAdd(0), appendDrop()],
    'spec: {containers: [{securityContext: {capabilities: {add: [NET_RAW, CHOWN, net_raw], drop: [A]}}, name: x}]}',
    'spec: {containers: [{securityContext: {capabilities: {add: [CHOWN], drop: [A, NET_RAW]}}, name: x}]}',
  ],
  [
    'an emptied list that is taken out as well',
    [removeAdd(0), { op: 'remove', path: [...capabilities(), 'add'] }],
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        add:\n        - NET_RAW\n        drop: [A] # d\n',
    'spec:\n  containers:\n  - securityContext:\n      capabilities:\n        drop: [A] # d\n',
  ],
  [
    'hostIPC',
    [noHostIpc()],
    'spec:\n  hostIPC:   true   # why\n  containers: []\n',
    'spec:\n  hostIPC:   false   # why\n  containers: []\n',
  ],
  [
    'hostIPC as YAML 1.1 writes it, twice',
    [noHostIpc()],
    'spec:\n  hostIPC: no\n  hostIPC: yes\n',
    'spec:\n  hostIPC: no\n  hostIPC: false\n',
  ],
  [
    'a Deployment',
    [addContext(deployment), noHostIpc(deployment)],
    'spec:\n  template:\n    spec:\n      hostIPC: true\n      containers:\n      - name: x\n      volumes: []\n',
    'spec:\n  template:\n    spec:\n      hostIPC: false\n      containers:\n      - name: x\n        securityContext:\n          capabilities:\n            drop:\n            - NET_RAW\n      volumes: []\n',
  ],
  [
    'a CronJob',
    [appendDrop(cronJob)],
    'spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - name: x\n              securityContext:\n                capabilities:\n                  drop:\n                    - A\n',
    'spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - name: x\n              securityContext:\n                capabilities:\n                  drop:\n                    - A\n                    - NET_RAW\n',
  ],
  [
    'items of a List',
    [addContext(['items', 0, ...app]), addContext(['items', 1, ...app])],
    'kind: List\nitems:\n- kind: Pod\n  spec:\n    containers:\n    - name: x\n- kind: Pod\n  spec:\n    containers: [{name: y}]\n',
    'kind: List\nitems:\n- kind: Pod\n  spec:\n    containers:\n    - name: x\n      securityContext:\n        capabilities:\n          drop:\n          - NET_RAW\n- kind: Pod\n  spec:\n    containers: [{name: y, securityContext: {capabilities: {drop: [NET_RAW]}}}]\n',
  ],
  [
    'minified JSON',
    [addContext(), noHostIpc()],
    '{"spec":{"hostIPC":true,"containers":[{"name":"x"}]}}',
    '{"spec":{"hostIPC":false,"containers":[{"name":"x","securityContext":{"capabilities":{"drop":["NET_RAW"]}}}]}}',
  ],
  [
    'JSON on one line with blanks',
    [addContext()],
    '{"spec": {"containers": [{"name": "x"}]}}\n',
    '{"spec": {"containers": [{"name": "x", "securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}]}}\n',
  ],
  [
    'JSON in lines',
    [addContext(), { op: 'add', path: [...app, 'securityContext', 'privileged'], value: false }],
    '{\n    "spec": {\n        "containers": [\n            {\n                "name": "x"\n            }\n        ]\n    }\n}\n',
    '{\n    "spec": {\n        "containers": [\n            {\n                "name": "x",\n                "securityContext": {\n                    "capabilities": {\n                        "drop": [\n                            "NET_RAW"\n                        ]\n                    },\n                    "privileged": false\n                }\n            }\n        ]\n    }\n}\n',
  ],
  [
    'an empty context in JSON in lines',
    [addCapabilities()],
    '{\n  "spec": {\n    "containers": [\n      {\n        "securityContext": {}\n      }\n    ]\n  }\n}\n',
    '{\n  "spec": {\n    "containers": [\n      {\n        "securityContext": {\n          "capabilities": {\n            "drop": [\n              "NET_RAW"\n            ]\n          }\n        }\n      }\n    ]\n  }\n}\n',
  ],
  [
    'quoted keys in braces',
    [addContext()],
    'spec:\n  containers: [{"name": "x"}]\n',
    'spec:\n  containers: [{"name": "x", "securityContext": {capabilities: {drop: [NET_RAW]}}}]\n',
  ],
  [
    'both places of an anchor, once',
    [addCapabilities(), addCapabilities(['spec', 'containers', 1])],
    'spec:\n  containers:\n  - securityContext: &sc\n      privileged: false\n  - securityContext: *sc\n',
    'spec:\n  containers:\n  - securityContext: &sc\n      privileged: false\n      capabilities:\n        drop:\n        - NET_RAW\n  - securityContext: *sc\n',
  ],
  [
    'a field that a merge brought in, overridden',
    [noHostIpc()],
    'x: &x {hostIPC: true}\nspec:\n  <<: *x\n  containers: []\n',
    'x: &x {hostIPC: true}\nspec:\n  <<: *x\n  containers: []\n  hostIPC: false\n',
  ],
  ['an anchor that nothing refers to', [noHostIpc()], 'spec: &s\n  hostIPC: &t true\n', 'spec: &s\n  hostIPC: false\n'],
];

test.each(table)('%s', (_, operations, before, after) => expect(edited(before, operations)).toBe(after));

test.each<[string, readonly PatchOperation[], string, string]>([
  [
    'an alias',
    [addCapabilities(['spec', 'containers', 1])],
    'spec:\n  containers:\n  - securityContext: &sc {}\n  - securityContext: *sc\n',
    'refused: line 4: spec.containers[1].securityContext is an alias, so it cannot be changed without its anchor',
  ],
  [
    'an anchor that an alias refers to',
    [addCapabilities()],
    'spec:\n  containers:\n  - securityContext: &sc {}\n  - securityContext: *sc\n',
    'refused: line 3: spec.containers[0].securityContext has an anchor, so a change of it changes other places too',
  ],
  [
    'a merge',
    [appendDrop()],
    'x: &x {capabilities: {drop: []}}\nspec:\n  containers:\n  - securityContext: {<<: *x}\n',
    'refused: line 1: spec.containers[0].securityContext.capabilities comes from a merge (<<), so it cannot be changed here alone',
  ],
  ['a missing field', [noHostIpc()], 'spec: {}\n', 'refused: line 1: there is no spec.hostIPC'],
  ['a missing element', [removeAdd(3)], 'spec:\n  containers: []\n', 'refused: line 1: there is no spec.containers[0]'],
  [
    'a text where a mapping is wanted',
    [addDrop()],
    'spec: {containers: [{securityContext: x}]}\n',
    'refused: line 1: spec.containers[0].securityContext is no list and no mapping',
  ],
  ['a broken document', [noHostIpc()], 'a: b: c\n', 'refused: there is no document 0 that could be read'],
])('%s is refused', (_, operations, before, reason) => expect(edited(before, operations)).toBe(reason));

test('each document of a file is edited for itself, and a refused one stays as it is', () => {
  const text =
    '# helm\n---\n# Source: a.yaml\nspec:\n  hostIPC: true\n---\nb: b: b\n---\n\n---\nspec: {hostIPC: yes}\n---\nspec: *x\n---\nspec: {}\n';
  const edits = [0, 2, 4].map((documentIndex) => ({ documentIndex, operations: [noHostIpc()] }));
  expect(editManifest(text, edits)).toEqual({
    ok: false,
    text: text.replace('hostIPC: true', 'hostIPC: false').replace('hostIPC: yes', 'hostIPC: false'),
    reason: 'line 15: there is no spec.hostIPC',
    refused: [{ documentIndex: 4, reason: 'line 15: there is no spec.hostIPC' }],
  });
});

test('concatenated JSON is edited in place', () => {
  const text = ' {"spec":{"hostIPC":true}}\n\n{"spec": {"hostIPC": true}} {"a":1}';
  expect(edited(text, [noHostIpc()], 1)).toBe(' {"spec":{"hostIPC":true}}\n\n{"spec": {"hostIPC": false}} {"a":1}');
});

test('a byte order mark stays', () => {
  expect(edited('\ufeffspec:\n  hostIPC: true\n', [noHostIpc()])).toBe('\ufeffspec:\n  hostIPC: false\n');
  expect(edited('\ufeffa: 1\n', [{ op: 'add', path: ['b'], value: { c: 1 } }])).toBe('\ufeffa: 1\nb:\n  c: 1\n');
});

test('a thousand containers of one list are edited on few readings', () => {
  const indices = Array.from({ length: 1000 }, (_, index) => index);
  const text = `spec:\n  containers:\n${indices.map((index) => `  - name: c${index}\n    securityContext:\n      capabilities:\n        add:\n        - NET_RAW\n`).join('')}`;
  const operations = indices.flatMap((index) => [
    removeAdd(0, ['spec', 'containers', index]),
    addDrop(['spec', 'containers', index]),
  ]);
  const expected = text.replaceAll(
    '        add:\n        - NET_RAW\n',
    '        add: []\n        drop:\n        - NET_RAW\n',
  );
  expect(edited(text, operations)).toBe(expected);
});
