import { headline } from './headline.ts';
import type { Report } from './report.ts';

/** The report as one page for a browser. */
export function htmlReport(report: Report): string {
  const text = headline(report).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Seawall</title><h1>${text}</h1></html>\n`;
}
