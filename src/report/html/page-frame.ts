import { createHash } from 'node:crypto';
import { html, Markup } from './markup.ts';

export interface Page {
  readonly title: string;
  readonly style: string;
  /** The one script that may run; none where it is absent. */
  readonly script?: string;
  readonly body: Markup;
}

/**
 * A whole page for a browser: nothing from anywhere, and a Content Security Policy of its own that names style and script by
 * hash. An element of JSON is data and no script to a browser, so that it needs none.
 */
export function pageText({ title, style, script, body }: Page): string {
  const contentSecurityPolicy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    ...(script === undefined ? [] : [`script-src '${hashOf(script)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${`Seawall: ${title}`}</title>
        ${verbatim('style', style)}
      </head>
      <body>
        ${body} ${script === undefined ? html`` : verbatim('script', script)}
      </body>
    </html> `;
  return `${page.text.trimEnd()}\n`;
}

/** An element around text that must stand in it to the byte: its hash is told. */
export function verbatim(name: 'style' | 'script', text: string, attributes = ''): Markup {
  return new Markup(`<${name}${attributes}>${text}</${name}>`);
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
