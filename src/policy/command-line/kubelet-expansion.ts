import { unknownText } from './markers.ts';
import type { Reading } from './reading.ts';

/**
 * Expands `$(NAME)` as the kubelet does before it starts a container: `$$` stands for `$`, a name that is not set stays
 * as it is written.
 * Source: k8s.io/kubernetes third_party/forked/golang/expansion/expand.go.
 */
export function expandVariables(text: string, reading: Reading, word: number): string {
  let expanded = '';
  let copied = 0;
  let at = text.indexOf('$');
  let unclosed = false;
  while (at >= 0 && at + 1 < text.length) {
    const next = text.charCodeAt(at + 1);
    if (next === 0x24) {
      expanded += text.slice(copied, at + 1);
      copied = at + 2;
      at = text.indexOf('$', copied);
      continue;
    }
    const close = next === 0x28 && !unclosed ? text.indexOf(')', at + 2) : -1;
    if (close < 0) {
      if (next === 0x28) unclosed = true;
      at = text.indexOf('$', at + 2);
      continue;
    }
    const value = valueOf(text.slice(at + 2, close), reading);
    if (value === undefined) {
      at = text.indexOf('$', close + 1);
      continue;
    }
    if (!reading.affords(value.length + 1, word)) return unknownText;
    expanded += text.slice(copied, at) + value;
    copied = close + 1;
    at = text.indexOf('$', copied);
  }
  return copied === 0 ? text : expanded + text.slice(copied);
}

/** Value of a variable; undefined where the reference stays as it is written. */
function valueOf(name: string, reading: Reading): string | undefined {
  const value = reading.environment(name);
  if (value !== undefined || reading.context.envComplete) return value;
  // envFrom may set it; a name in small letters is rather a shell's command substitution, which stays.
  return isUpperCaseName(name) ? unknownText : undefined;
}

function isUpperCaseName(name: string): boolean {
  if (name === '') return false;
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    const upper = (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x30 && code <= 0x39);
    if (!upper) return false;
  }
  return true;
}
