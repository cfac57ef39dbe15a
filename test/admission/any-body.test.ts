import fc from 'fast-check';
import { arbitraryAnnotations, arbitraryPodSpec } from '../support/arbitrary-pods.ts';
import type { UnderTest } from './webhook-under-test.ts';
import { makeCertificates, responseOf, reviewOf, startUnderTest } from './webhook-under-test.ts';

let server: UnderTest;
beforeAll(async () => {
  server = await startUnderTest(await makeCertificates());
});
afterAll(() => server.stop());

const path = fc.constantFrom('/validate', '/mutate');

test('any bytes get an answer', async () => {
  const bytes = fc.uint8Array({ maxLength: 2_000 });
  await fc.assert(
    fc.asyncProperty(path, bytes, async (route, body) => {
      expect([400, 200]).toContain((await server.post(route, Buffer.from(body))).status);
    }),
    { numRuns: 300 },
  );
});

test('any JSON gets an answer', async () => {
  await fc.assert(
    fc.asyncProperty(path, fc.jsonValue(), async (route, body) => {
      expect((await server.post(route, JSON.stringify(body))).status).toBe(400);
    }),
    { numRuns: 200 },
  );
});

test('any review with a uid gets that uid, whatever stands in its fields', async () => {
  const field = fc.oneof(fc.jsonValue(), fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT'));
  const fields = fc.dictionary(
    fc.constantFrom(
      'operation',
      'kind',
      'object',
      'oldObject',
      'userInfo',
      'dryRun',
      'namespace',
      'name',
      'subResource',
      '__proto__',
    ),
    field,
  );
  const uid = fc.string({ minLength: 1, unit: 'binary' });
  await fc.assert(
    fc.asyncProperty(path, uid, fields, async (route, id, given) => {
      const response = responseOf(await server.post(route, reviewOf(null, { ...given, uid: id })));
      expect(response.uid).toBe(id);
    }),
    { numRuns: 300 },
  );
});

test('any pod gets its uid, and every answer keeps to the bounds of the API server', async () => {
  const operation = fc.constantFrom('CREATE', 'UPDATE');
  await fc.assert(
    fc.asyncProperty(
      path,
      operation,
      arbitraryPodSpec,
      arbitraryPodSpec,
      arbitraryAnnotations,
      async (route, verb, spec, old, annotations) => {
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', ...annotations }, spec };
        const oldObject = verb === 'UPDATE' ? { ...pod, spec: old } : null;
        const answer = await server.post(route, reviewOf(pod, { operation: verb, oldObject }));
        const { uid, allowed, status, patch, warnings = [], auditAnnotations = {} } = responseOf(answer);
        expect(uid).toBe('e1b2');
        expect(status === undefined).toBe(allowed);
        expect(patch === undefined || route === '/mutate').toBe(true);
        expect(allowed || route === '/validate').toBe(true);
        expect(warnings.every((line) => /^[^\u0000-\u001f\u007f]{1,120}$/.test(line))).toBe(true);
        expect(Object.keys(auditAnnotations).every((key) => /^[\w.-]{1,63}$/.test(key))).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});
