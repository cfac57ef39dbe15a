/* The page of `seawall investigate rbac` in a real browser: a hostile name is text, and nothing runs or is fetched. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { RbacAnalysis } from '../../src/rbac/analysis.ts';
import { possible } from '../../src/rbac/effect.ts';
import { rbacHtml } from '../../src/rbac/formats/rbac-html.ts';
import { rbacReport } from '../../src/rbac/rbac-report.ts';
import { browserStartMs, chromiumPath, describeBrowser, installChromium } from '../support/chromium.ts';
import { hostileTexts } from '../support/reports.ts';
import { account, binding, namespace, role, snapshotOf } from './snapshots.ts';

// A machine that also builds a cluster gives a browser little; nothing here waits for a time.
const patienceMs = 180_000;
jest.setTimeout(2 * patienceMs);

describeBrowser('the HTML page of the launch paths', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    await installChromium();
    const { chromium } = await import('playwright-core');
    // Chromium's own sandbox does not start for root, and this page is ours.
    browser = await chromium.launch({
      timeout: patienceMs,
      executablePath: chromiumPath() ?? 'chromium',
      args: ['--no-sandbox'],
    });
    folder = mkdtempSync(join(tmpdir(), 'seawall-rbac-html-'));
  }, browserStartMs);

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('hostile names stay text', async () => {
    const users = hostileTexts.map((name) => ({ kind: 'User', name }));
    const analysis = new RbacAnalysis(
      snapshotOf(
        namespace('shop'),
        account('shop', 'robot'),
        role('', 'r', 'create - serviceaccounts/token'),
        { ...binding('shop', hostileTexts[0] ?? '', 'r'), subjects: users },
        binding('', 'robot', 'cluster-admin', 'ServiceAccount shop/robot'),
      ),
      undefined,
    );
    const report = rbacReport(analysis, {
      cluster: hostileTexts[1],
      person: undefined,
      namespace: undefined,
      notes: hostileTexts,
      partial: [],
      errors: [],
      rolesKnown: true,
      admission: { effectOf: () => possible },
    });
    const file = join(folder, 'rbac.html');
    writeFileSync(file, rbacHtml(report, { nowMs: Date.UTC(2026, 10, 24), system: true }));
    const misdeeds: string[] = [];
    const page = await browser.newPage();
    page.setDefaultTimeout(patienceMs);
    page.on('pageerror', (error) => misdeeds.push(`error: ${error.message}`));
    page.on('console', (message) => misdeeds.push(`console: ${message.text()}`));
    page.on('request', (request) => {
      if (request.url() !== `file://${file}`) misdeeds.push(`request: ${request.url()}`);
    });
    page.on('dialog', (dialog) => {
      misdeeds.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`file://${file}`);
    expect(misdeeds).toEqual([]);
    expect(await page.locator('script, img, iframe, object, [onload], [onerror]').count()).toBe(0);
    const text = await page.locator('#subjects').innerText();
    for (const plain of ['</script><script>alert(1)</script>', '<img src=x onerror=alert(1)>']) {
      expect(text).toContain(plain);
    }
    const csp = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    expect(csp).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'/);

    // The policy is in force: what a script of the page would add neither runs nor loads.
    const ran = await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return window.ran === true;
    })()`);
    expect(ran).toBe(false);
    await page.close();
  });
});
