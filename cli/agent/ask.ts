import type { Session } from '../api/connect.ts';
import { machineSubresource } from '../api/subresource.ts';

/** What the guest agent of a machine is asked: one verb with what it needs, as `executor/access/agent` takes it. */
export type Question =
  | { readonly ping: object }
  | { readonly info: object }
  | { readonly exec: ExecRequest }
  | { readonly setPassword: { readonly user: string; readonly password: string; readonly crypted: boolean } }
  | { readonly sshKeys: { readonly user: string; readonly add: readonly string[]; readonly remove: readonly string[] } }
  | { readonly fsfreeze: { readonly action: string } }
  | { readonly fstrim: { readonly minimumBytes: number } };

export interface ExecRequest {
  readonly command: readonly string[];
  readonly env: readonly string[];
  /** Base64. */
  readonly input?: string;
  readonly timeoutSeconds: number;
}

export interface ExecAnswer {
  readonly exitCode?: number;
  readonly signal?: number;
  /** Base64, both. */
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** Asks the agent of a machine. @throws ApiError with what the agent, or its absence, has to say */
export const askAgent = <T>({ client, namespace }: Session, name: string, question: Question): Promise<T> =>
  client.call<T>('POST', machineSubresource(namespace, name, 'agent'), question);
