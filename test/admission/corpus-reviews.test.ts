import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { corpus, corpusTable, describeWithCorpus } from '../support/corpus.ts';
import type { Fields } from '../support/pods.ts';
import type { UnderTest } from './webhook-under-test.ts';
import { makeCertificates, responseOf, startUnderTest } from './webhook-under-test.ts';

/** What is wrong in these by the default policy, read off the objects: the rest of the 58 must be let through. */
const refused: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubewarden+kubewarden-controller_crates_kwctl_tests_data_privileged-pod-admission-review.json', ['privileged']],
  ['kubewarden+kubewarden-controller_crates_kwctl_tests_data_privileged-pod.json', ['privileged']],
  ['kubewarden+kubewarden-controller_crates_policy-evaluator_tests_data_pod_creation_flux_cat.json', ['privileged']],
  [
    'kubewarden+kubewarden-controller_crates_policy-evaluator_tests_data_pod_with_privileged_containers.json',
    ['privileged'],
  ],
  [
    'kubewarden+kubewarden-controller_crates_policy-server_tests_data_pod_with_privileged_containers.json',
    ['privileged'],
  ],
]);

describeWithCorpus('reviews from the tests of other webhooks', () => {
  let server: UnderTest;
  beforeAll(async () => {
    server = await startUnderTest(await makeCertificates());
  });
  afterAll(() => server.stop());

  const rows = corpusTable('reviews.tsv').map(({ file = '', form = '' }) => ({ file, form }));

  test('are 58', () => {
    expect(rows).toHaveLength(58);
  });

  test.each(rows)('$file', async ({ file, form }) => {
    const body = parse(readFileSync(join(corpus, file), 'utf8')) as Fields;
    const review =
      form === 'AdmissionRequest'
        ? { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: body }
        : body;
    const { uid } = review['request'] as { uid?: string };
    for (const path of ['/validate', '/mutate']) {
      const answer = await server.post(path, review);
      if (form === 'AdmissionReview-without-uid') {
        expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('error')]);
        continue;
      }
      const response = responseOf(answer);
      expect(response.uid).toBe(uid);
      const rules = [...new Set(response.status?.details?.causes.map(({ reason }) => reason) ?? [])];
      const wanted = path === '/validate' ? (refused.get(file.replace('reviews/', '')) ?? []) : [];
      expect({ allowed: response.allowed, rules }).toEqual({ allowed: wanted.length === 0, rules: wanted });
    }
  });
});
