/** One line of what is wrong with a policy file. */
export interface PolicyFileProblem {
  /** Both count from 1, as editors do. */
  readonly line: number;
  readonly column: number;
  /** Names the field where it is about one. */
  readonly message: string;
}

/** A policy file that cannot be taken; its message has one line for each problem, `file:line:column: message`. */
export class PolicyFileError extends Error {
  readonly code = 'policy-file-invalid';
  readonly file: string;
  readonly problems: readonly PolicyFileProblem[];

  constructor(file: string, problems: readonly PolicyFileProblem[], options?: ErrorOptions) {
    super(problems.map((problem) => formatFileProblem(file, problem)).join('\n'), options);
    this.name = 'PolicyFileError';
    this.file = file;
    this.problems = problems;
  }
}

/** `policy.yaml:7:5: spec.rules.net-rwa: unknown key "net-rwa"; did you mean "net-raw"?` */
export function formatFileProblem(file: string, { line, column, message }: PolicyFileProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}
