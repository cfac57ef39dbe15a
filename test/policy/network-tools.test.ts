import { describe, expect, test } from '@jest/globals';
import { falcoTools, networkTools, toolPackages } from '../../src/policy/network-tools.ts';

const names = networkTools.flatMap(({ entries }) => entries.map(({ name }) => name));

describe('network tools', () => {
  test('each is in one class', () => expect(new Set(names).size).toBe(names.length));
  test('each is a bare name in small letters', () => {
    expect(names.filter((name) => name !== name.toLowerCase() || name.includes('/'))).toEqual([]);
  });
  test('each has a source', () => {
    const sources = [...networkTools.flatMap(({ entries }) => entries), ...toolPackages].map(({ source }) => source);
    expect(sources.filter((source) => source === '')).toEqual([]);
  });
  test('packages carry tools that are listed, under names that no tool has', () => {
    expect(toolPackages.filter(({ tool }) => !names.includes(tool))).toEqual([]);
    expect(toolPackages.filter((entry) => names.includes(entry.package))).toEqual([]);
  });
  test("Falco's own are all there", () => {
    expect([...falcoTools].sort()).toEqual([
      'dig',
      'mitmproxy',
      'nc',
      'ncat',
      'netcat',
      'ngrep',
      'nmap',
      'socat',
      'tcpdump',
      'telnet',
      'tshark',
      'zmap',
    ]);
  });
});
