/* The page in a real browser: what its reader does with it, and what a hostile name does not. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { htmlReport } from '../../src/report/html.ts';
import type { Report } from '../../src/report/report.ts';
import { browserStartMs, chromiumPath, describeBrowser, installChromium } from '../support/chromium.ts';
import { manyFindings } from '../support/many-findings.ts';
import { hostileReport, hostileTexts, reportOf } from '../support/reports.ts';

const nowMs = Date.UTC(2026, 10, 24, 8, 30);

// A machine that also builds a cluster gives a browser little; nothing here waits for a time.
const patienceMs = 180_000;
jest.setTimeout(2 * patienceMs);

describeBrowser('the HTML report', () => {
  let browser: Browser;
  let folder: string;
  /** What a page did that it must not: errors, messages of the console, requests, dialogs. */
  let misdeeds: string[];

  beforeAll(async () => {
    await installChromium();
    const { chromium } = await import('playwright-core');
    // Chromium's own sandbox does not start for root, and this page is ours.
    browser = await chromium.launch({
      timeout: patienceMs,
      executablePath: chromiumPath() ?? 'chromium',
      args: ['--no-sandbox'],
    });
    folder = mkdtempSync(join(tmpdir(), 'seawall-html-'));
  }, browserStartMs);

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    misdeeds = [];
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(misdeeds).toEqual([]);
  });

  /** Opens a report from a file, as its reader does. */
  async function open(report: Report, options: BrowserContextOptions = {}): Promise<Page> {
    const file = join(folder, `${readdirSync(folder).length}.html`);
    writeFileSync(file, htmlReport(report, { nowMs }));
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    context.setDefaultTimeout(patienceMs);
    const page = await context.newPage();
    page.on('pageerror', (error) => misdeeds.push(`error: ${error.message}`));
    page.on('console', (message) => misdeeds.push(`console: ${message.text()}`));
    page.on('dialog', (dialog) => {
      misdeeds.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== `file://${file}`) misdeeds.push(`request: ${request.url()}`);
    });
    await page.goto(`file://${file}`);
    return page;
  }

  const groups = (page: Page) => page.locator('#list > details.group');
  const openBoxes = "document.querySelectorAll('.box details').forEach((part) => { part.open = true })";
  const status = (page: Page): Promise<string> => page.locator('#status').innerText();

  test('filters, groups, and opens a card by keyboard alone', async () => {
    const page = await open(manyFindings(5000));
    expect(await status(page)).toBe('5,000 findings in 1,000 owners.');
    expect(await groups(page).count()).toBe(100);
    await page.keyboard.press('/');
    await page.keyboard.type('SERVICE-77 host-network');
    // service-77 and service-770 to service-779; a slow typist sees the rows of his first word before.
    await page.getByText('11 findings of 5,000 in 11 owners.', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#status', { hasText: '5,000 findings in' }).waitFor();

    await page.getByRole('combobox', { name: 'Group by', exact: true }).selectOption('rule');
    expect(await status(page)).toBe('5,000 findings in 5 rules.');
    expect(await page.locator('.title').allInnerTexts()).toEqual([
      'network-tool-command',
      'host-network',
      'host-ipc',
      'net-raw-default',
      'host-port',
    ]);
    await page.getByRole('combobox', { name: 'Severity', exact: true }).selectOption('low');
    await page.getByRole('combobox', { name: 'Action', exact: true }).selectOption('audit');
    expect(await status(page)).toBe('1,000 findings of 5,000 in 1 rule.');
    await page.getByRole('combobox', { name: 'Severity', exact: true }).selectOption('');
    await page.getByRole('combobox', { name: 'Action', exact: true }).selectOption('');
    await page.getByRole('combobox', { name: 'Group by', exact: true }).selectOption('namespace');
    expect(await status(page)).toBe('5,000 findings in 40 namespaces.');

    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    await groups(page).first().locator('.card').first().waitFor();
    expect(await groups(page).first().locator('.card').count()).toBe(50);
    const more = page.getByRole('button', { name: /^Show more findings/ });
    await more.focus();
    await page.keyboard.press('Enter');
    expect(await groups(page).first().locator('.card').count()).toBe(100);
    expect(await page.evaluate("document.activeElement.className.startsWith('card')")).toBe(true);
  });

  test('a card shows the lines, the change and a command, which is copied', async () => {
    const page = await open(manyFindings(5), { permissions: ['clipboard-read', 'clipboard-write'] });
    // The only group is open from the start.
    const card = page.locator('.card').first();
    await card.waitFor();
    expect(await card.locator('h3').innerText()).toBe('network-tool-command\nCRITICAL\ndeny');
    expect(await card.locator('mark').innerText()).toBe('20        - name: worker-0');
    expect(await card.locator('ins').allInnerTexts()).toEqual([
      '+          securityContext:',
      '+            capabilities:',
      '+              drop:',
      '+                - NET_RAW',
    ]);
    expect(await card.locator('.remedy code').innerText()).toBe('securityContext.capabilities.drop: [NET_RAW]');
    const command = 'seawall check --fix --write deploy/team-0/service-0/deployment.yaml';
    await card.getByRole('button', { name: `Copy the command ${command}` }).click();
    await card.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(command);
  });

  test('hostile text in every field stays text, grouped in every way, open and filtered', async () => {
    const reports = hostileTexts.map(hostileReport);
    const page = await open({
      ...hostileReport('x', 0),
      objects: reports.flatMap(({ objects }) => objects),
      coverage: reports.flatMap(({ coverage = [] }) => coverage),
      recreateRisk: reports.flatMap(({ recreateRisk = [] }) => recreateRisk),
      exemptions: reports.flatMap(({ exemptions = [] }) => exemptions),
      partial: reports.flatMap(({ partial = [] }) => partial),
    });
    await page.evaluate(openBoxes);
    for (const way of ['owner', 'namespace', 'rule']) {
      await page.getByRole('combobox', { name: 'Group by', exact: true }).selectOption(way);
      await page.getByRole('button', { name: 'Open all' }).click();
      await page
        .locator('.card')
        .nth(hostileTexts.length - 1)
        .waitFor();
      expect(
        await page.locator('main').locator('img, svg, script, a, iframe, object, [onerror], [onload]').count(),
      ).toBe(0);
      // What no reader may be shown as it is stands as its escape; everything else to the letter.
      const told = await page.locator('.card .message').allTextContents();
      expect(told).toEqual(expect.arrayContaining(hostileTexts.filter((text) => /^[ -~]*$/.test(text))));
      expect(told.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    }
    expect(await page.locator('script').count()).toBe(2);
    await page.getByLabel('Filter').fill('__proto__');
    await page.locator('#status', { hasText: ' of ' }).waitFor();
    expect(await status(page)).toBe(`1 finding of ${hostileTexts.length} in 1 rule.`);
  });

  test('the policy of the page is in force: what is put into it does not run, and no style is taken', async () => {
    const page = await open(reportOf([{}]));
    const blocked = await page.evaluate(`new Promise((resolve) => {
      const seen = [];
      document.addEventListener('securitypolicyviolation', (event) => {
        seen.push(event.effectiveDirective);
        if (seen.length === 4) resolve(seen.sort());
      });
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      document.body.append(style);
      document.body.insertAdjacentHTML('beforeend', '<p onclick="window.ran = true" id="p">x</p><img src="https://example.invalid/x.png">');
      document.getElementById('p').click();
    })`);
    expect(blocked).toEqual(['img-src', 'script-src-attr', 'script-src-elem', 'style-src-elem']);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(misdeeds.splice(0).filter((deed) => !/Content Security Policy|example\.invalid/.test(deed))).toEqual([]);
  });

  test('it works where the server sends a strict policy of its own', async () => {
    const body = htmlReport(manyFindings(5), { nowMs });
    const own = (/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(body)?.[1] ?? '').replaceAll(
      '&#39;',
      "'",
    );
    const headers = {
      'content-type': 'text/html',
      'content-security-policy': `${own}; sandbox allow-scripts; frame-ancestors 'none'; require-trusted-types-for 'script'`,
    };
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/' ? 200 : 404, headers).end(request.url === '/' ? body : '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const page = await (await browser.newContext()).newPage();
      page.on('pageerror', (error) => misdeeds.push(error.message));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.locator('.card').first().waitFor();
      expect(await status(page)).toBe('5 findings in 1 owner.');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('with scripts off the findings are there, by owner, and open', async () => {
    const page = await open(manyFindings(1000), { javaScriptEnabled: false });
    expect(await page.locator('#tools').isVisible()).toBe(false);
    expect(await groups(page).count()).toBe(400);
    const card = page.locator('.card').first();
    expect(await card.isVisible()).toBe(false);
    await page.locator('summary').first().click();
    expect(await card.isVisible()).toBe(true);
    expect(await page.locator('.note').innerText()).toContain('The worst 400 of 1000 findings are here.');
  });

  /** The least contrast between the texts of the page and what stands behind them (WCAG 2, 1.4.3). */
  const leastContrast = `(() => {
    const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
      .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (node) => {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      return colour[3] === 0 && node.parentElement ? behind(node.parentElement) : colour;
    };
    return Math.min(...[...document.body.querySelectorAll('*')]
      .filter((node) => node.checkVisibility() && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ''))
      .map((node) => {
        const [one, other] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
        return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      }));
  })()`;

  test.each(['light', 'dark'] as const)(
    'in %s every text can be read; the button turns it over',
    async (colorScheme) => {
      const page = await open(hostileReport('x', 0), { colorScheme });
      await page.evaluate(openBoxes);
      await page.locator('.card').first().waitFor();
      const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
      const colours = { light: 'rgb(246, 247, 249)', dark: 'rgb(20, 23, 28)' };
      const other = colorScheme === 'light' ? 'dark' : 'light';
      expect(await background()).toBe(colours[colorScheme]);
      expect(await page.evaluate(leastContrast)).toBeGreaterThanOrEqual(4.5);
      await page.getByRole('button', { name: 'Dark', pressed: colorScheme === 'dark' }).click();
      expect(await background()).toBe(colours[other]);
      expect(await page.evaluate(leastContrast)).toBeGreaterThanOrEqual(4.5);
      expect(await page.getByRole('button', { name: 'Dark', pressed: colorScheme !== 'dark' }).count()).toBe(1);
    },
  );

  test.each([320, 360, 1200])('at %d pixels nothing stands out of the page', async (width) => {
    const long = 'a'.repeat(253);
    const report = hostileReport(long, 0);
    const page = await open(report, { viewport: { width, height: 740 } });
    await page.locator('.card').first().waitFor();
    await page.evaluate(openBoxes);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  test('printed, every card that the filter leaves is open, and afterwards all is as it was', async () => {
    const page = await open(manyFindings(60));
    expect(await page.locator('.card').count()).toBe(0);
    await page.evaluate(
      "addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('details[open] .card').length })",
    );
    const pdf = await page.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(await page.evaluate('window.printed')).toBe(60);
    expect(await page.locator('details[open]').count()).toBe(0);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.locator('#tools').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  });

  test('a screen reader is told what each part is', async () => {
    const page = await open(hostileReport('x', 0));
    await page.locator('.card').first().waitFor();
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    const sections = await page.evaluate(
      `[...document.querySelectorAll('section, [role=region]')].filter((part) => part.checkVisibility())
        .map((part) => part.getAttribute('aria-labelledby') || part.getAttribute('aria-label'))`,
    );
    expect(sections).toEqual([
      'partial',
      'deltas',
      'risk',
      'coverage',
      'exemptions',
      'findings-title',
      'Lines of the file',
      'Proposed change',
    ]);
    expect(await page.getByRole('searchbox', { name: 'Filter (press /)', exact: true }).count()).toBe(1);
    for (const name of ['Group by', 'Severity', 'Action']) {
      expect(await page.getByRole('combobox', { name, exact: true }).count()).toBe(1);
    }
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the findings');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('findings');
  });
});
