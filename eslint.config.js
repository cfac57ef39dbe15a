import tseslint from 'typescript-eslint';

// Imports point one way (docs/architecture.md): a folder may import the folders below it in this list, and itself.
const layers = [
  'policy',
  'policy-file',
  'mounted-files',
  'telemetry',
  'manifest',
  'cluster',
  'certificates',
  'compile',
  'report',
  'rbac',
  'admission',
  'audit',
  'investigate',
  'remediate',
  'rehearse',
  'listen',
  'cli',
];

/** The folders that a file of `layer` must not import. */
const above = (layer) => layers.slice(layers.indexOf(layer) + 1);

const clusterClient = {
  name: '@kubernetes/client-node',
  message: 'src/cluster is the only importer of the Kubernetes client.',
};

const walls = layers.map((layer) => ({
  files: [`src/${layer}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: layer === 'cluster' ? [] : [clusterClient],
        patterns: [
          ...above(layer).map((other) => ({
            group: [`**/${other}/**`],
            message: `src/${layer} must not import src/${other}.`,
          })),
        ],
      },
    ],
  },
}));

/** Rules for files of the policy folder that may import one package; `way` is the path that leads out of the folder. */
const purity = ({ files, packages, way }) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: packages === '' ? '^[^.]' : `^(?!${packages}$)[^.]`,
            message: 'src/policy is pure: no package here.',
          },
          { regex: `^${way}`, message: 'src/policy imports nothing outside itself.' },
        ],
      },
    ],
    'no-restricted-globals': ['error', 'process', 'performance', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'],
    'no-restricted-syntax': [
      'error',
      { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'The clock is an argument.' },
      { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'The clock is an argument.' },
      { selector: "CallExpression[callee.name='Date']", message: 'The clock is an argument.' },
      {
        selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
        message: 'Chance is an argument.',
      },
      { selector: 'ImportExpression', message: 'src/policy loads nothing at run time.' },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  tseslint.configs.base,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'process', message: 'Only src/cli/main.ts touches process.' }],
    },
  },
  {
    files: ['src/cli/main.ts', 'test/**/*.ts', 'bench/**/*.ts', 'jest.config.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  ...walls,
  // The policy folder is pure: no package but minimatch and zod, each in one file; no clock, no environment, no I/O.
  purity({ files: ['src/policy/**/*.ts'], packages: '', way: '\\.\\./' }),
  purity({ files: ['src/policy/*/**/*.ts'], packages: '', way: '\\.\\./(?:.*/)?\\.\\./' }),
  purity({ files: ['src/policy/image-patterns.ts'], packages: 'minimatch', way: '\\.\\./' }),
  purity({ files: ['src/policy/policy.ts'], packages: 'zod', way: '\\.\\./' }),
);
