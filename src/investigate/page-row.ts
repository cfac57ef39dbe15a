/** One line of a page; its texts are foreign, and each format makes them plain for where they land. */
export interface Row {
  /** What the line is about, as `container shell`. */
  readonly label?: string;
  readonly text: string;
  readonly tone?: 'alarm' | 'soft';
  /** A command line to copy, whole. */
  readonly command?: string;
}

export function row(label: string, text: string): Row {
  return { label, text };
}

export function given(label: string, text: string): Row[] {
  return text === '' ? [] : [row(label, text)];
}
