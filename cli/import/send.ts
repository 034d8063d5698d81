import { isAlreadyExists } from '../../schemas/client/errors.ts';
import type { Session } from '../api/connect.ts';
import { displayName, knownKind } from '../api/resources.ts';
import { make } from '../apply/make.ts';
import type { Draft } from '../apply/manifests.ts';
import type { DryRun } from '../apply/report.ts';
import { Failure } from '../errors.ts';
import { formatData } from '../output/object.ts';

/** What goes to the API: an object as the analyser makes it. */
export interface Sent {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

export interface SendOptions {
  readonly mode: DryRun;
  readonly format?: string | undefined;
}

interface Voice {
  say(text: string): void;
  note(text: string): void;
}

/** Creates the objects; what other machines use too may be there from the import before, and stays as it is. @throws ApiError */
export async function send(
  session: Session,
  objects: readonly Sent[],
  options: SendOptions,
  voice: Voice,
): Promise<void> {
  for (const object of objects) {
    const resource = knownKind(object.apiVersion, object.kind);
    if (!resource) throw new Failure('failed', `the analyser made a ${object.kind}, which is no kind of ours`);
    try {
      await make(session, resource, object as unknown as Draft, options, voice.say);
    } catch (error) {
      if (!isAlreadyExists(error) || object.kind === 'VirtualMachine') throw error;
      voice.note(`${displayName(resource, object.metadata.name)} is there already and stays as it is`);
    }
  }
}

/** The objects as text; several YAML documents are parted by ---. */
export async function printed(objects: readonly Sent[], format: string): Promise<string> {
  if (format === 'name')
    return objects.map(({ kind, metadata }) => `${kind.toLowerCase()}.vmctl.dev/${metadata.name}`).join('\n');
  if (format === 'json') return formatData({ apiVersion: 'v1', kind: 'List', items: objects }, 'json');
  return (await Promise.all(objects.map((object) => formatData(object, 'yaml')))).join('\n---\n');
}
