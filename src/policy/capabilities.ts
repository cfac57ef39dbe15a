/*
 * Capability names as the runtimes read them. `add` is generous in what it takes, `drop` is not:
 * containerd and CRI-O look names up with the CAP_ prefix put in front (containerd internal/cri/util, pkg/cap;
 * CRI-O server/container_create.go), docker's normaliser takes both (moby daemon/pkg/oci/caps).
 */

/** What one entry of `capabilities.add` grants. */
export interface Grant {
  /** Upper case, no CAP_ prefix: NET_RAW, ALL, SYS_ADMIN. */
  readonly name: string;
  /** False for a name with letters outside ASCII, which some tool on the way might fold into a real name. */
  readonly ascii: boolean;
}

/** Longest name that is folded: the time of `normalize` grows with the square of a run of combining marks. */
const foldedLength = 64;

/** Reads an entry of `add`: trimmed, upper case, one CAP_ prefix taken off. */
export function readGrant(entry: string): Grant {
  const ascii = isAscii(entry);
  const upper = (ascii || entry.length > foldedLength ? entry : folded(entry)).trim().toUpperCase();
  return { name: upper.startsWith('CAP_') ? upper.slice(4) : upper, ascii };
}

/** Whether the entry grants NET_RAW, by its own name or as part of ALL. */
export function grantsNetRaw(grant: Grant): boolean {
  return grant.name === 'NET_RAW' || grant.name === 'ALL';
}

/** Whether an entry of `drop` takes NET_RAW away on every runtime; `CAP_NET_RAW` does not on containerd. */
export function dropsNetRaw(entry: string): boolean {
  return entry === 'ALL' || entry === 'NET_RAW' || /^(?:NET_RAW|ALL)$/i.test(entry);
}

/** Whether an entry of `drop` was meant to take NET_RAW away and does not everywhere. */
export function failsToDropNetRaw(entry: string): boolean {
  return !dropsNetRaw(entry) && grantsNetRaw(readGrant(entry));
}

/** Without accents, and with the letters that look alike made one. */
function folded(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
