import { CredentialsError } from './credentials-error.ts';
import type { Credentials } from './credentials.ts';

export interface Impersonation {
  /** The user to speak as. */
  readonly as?: string | undefined;
  /** Its groups; only beside a user. */
  readonly asGroups?: readonly string[] | undefined;
}

/**
 * The same credentials, speaking as someone else.
 * @throws {CredentialsError} for groups without a user, which the API server would refuse each time
 */
export function impersonating<T extends Credentials>(credentials: T, { as, asGroups = [] }: Impersonation): T {
  if (as === undefined) {
    if (asGroups.length === 0) return credentials;
    throw new CredentialsError('unknown-name', 'groups are impersonated only beside a user: name one (--as)');
  }
  const headers = {
    'Impersonate-User': as,
    ...(asGroups.length === 0 ? {} : { 'Impersonate-Group': asGroups }),
  };
  return {
    ...credentials,
    present: async () => {
      const presented = await credentials.present();
      return { ...presented, headers: { ...presented.headers, ...headers } };
    },
  };
}
