import type { Agent } from 'node:https';

/** What a TLS connection to the API server is made with; texts are PEM. */
export interface TlsMaterial {
  /** Who may have signed the server's certificate; the system's own list where it is absent. */
  readonly ca?: string;
  /** The client certificate chain and its key; both or none. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate must carry, where it is not that of the URL. */
  readonly servername?: string;
  /** false: takes any certificate of the server, as insecure-skip-tls-verify of a kubeconfig asks for. */
  readonly rejectUnauthorized?: boolean;
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** What is shown to the API server with one request. */
export interface Presented {
  readonly tls: TlsMaterial;
  /** Who speaks: Authorization, Impersonate-User and the like. */
  readonly headers: Headers;
}

/** Where an API server is, and who speaks to it. */
export interface Credentials {
  /** URL of the API server; a path in it stands before that of every request. */
  readonly server: string;
  /**
   * Asked before every request, so that a rotated token or certificate counts at once.
   * @throws where the credentials cannot be had
   */
  readonly present: () => Promise<Presented>;
  /** Forgets what was kept of `present`, because the server answered 401. Absent: nothing newer can be had. */
  readonly renew?: () => void;
  /** Connections for this TLS material through a proxy; straight ones where it is absent. */
  readonly proxyAgent?: (tls: TlsMaterial) => Promise<Agent>;
}
