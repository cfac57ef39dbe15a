import type { CertificatesStatus, CertificateStatus } from '../certificates/status.ts';
import type { Paint } from '../report/terminal.ts';
import { jsonText, paint, plainLine } from '../report/terminal.ts';

/** The status for a person. */
export function certificatesTable(status: CertificatesStatus, options: { readonly colour: boolean }): string {
  const colours = paint(options.colour);
  const { leader, next, problems } = status;
  const lines = [
    ...status.certificates.flatMap((each) => certificateLines(each, colours)),
    ...status.configurations.map(({ kind, name, state, reason }) => {
      const badge = { 'in-step': 'in step', 'out-of-step': colours.red('OUT OF STEP'), absent: 'absent' }[state];
      return `${colours.bold(plainLine(`${kind} ${name}`))}: ${badge}, ${plainLine(reason)}`;
    }),
    leader === undefined
      ? 'leader: none'
      : `leader: ${plainLine(leader.identity)}, renewed ${plainLine(leader.renewed)}${leader.alive ? '' : ', and no more'}`,
    `next: ${plainLine(next.text)}`,
    ...(problems.length === 0
      ? ['all is in step']
      : [colours.red('needs a person:'), ...problems.map((problem) => `  - ${plainLine(problem)}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

function certificateLines(certificate: CertificateStatus, colours: Paint): string[] {
  const { role, subject, fingerprint, names, notBefore, notAfter, daysLeft, leaves } = certificate;
  const left = daysLeft < 14 ? colours.red(`${daysLeft} days left`) : `${daysLeft} days left`;
  return [
    `${colours.bold(role)}: ${plainLine(subject)}`,
    `  SHA-256  ${fingerprint}`,
    `  good     ${notBefore} to ${notAfter}, ${left}`,
    ...(names.length === 0 ? [] : [`  for      ${plainLine(names.join(', '))}`]),
    ...(leaves === undefined ? [] : [`  leaves   ${leaves}`]),
  ];
}

/** The same as one JSON document. */
export function certificatesJson(status: CertificatesStatus): string {
  const document = { apiVersion: 'seawall.dev/v1alpha1', kind: 'CertificatesStatus', ...status };
  return `${jsonText(document, 2)}\n`;
}
