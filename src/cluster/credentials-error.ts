/** Why it is not known which API server to speak with, or as whom. */
export type CredentialsErrorCode =
  | 'no-cluster' // nothing names one
  | 'unreadable' // a kubeconfig that cannot be read
  | 'unknown-name' // a context, cluster or user that the kubeconfig has not
  | 'plug-in-failed' // what the kubeconfig calls to log in
  | 'no-service-account'; // a pod without its token

/** Credentials that cannot be had; the message names the file or the name, and the way out. */
export class CredentialsError extends Error {
  readonly code: CredentialsErrorCode;

  constructor(code: CredentialsErrorCode, message: string, details: { cause?: unknown } = {}) {
    super(message, details);
    this.name = 'CredentialsError';
    this.code = code;
  }
}
