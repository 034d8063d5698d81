import { ANNOTATIONS, type Manifest } from './manifest.ts';

/** A name that Kubernetes does not allow, and what it is here. */
export interface Renamed {
  readonly theirs: string;
  readonly ours: string;
}

const lastPart = (text: string): string => text.replace(/^[a-z]+:/, '');

/** Names of an object and of what it names, as far as they are others in libvirt. */
export function renamedOf({ metadata: { name, annotations = {} } }: Manifest): Renamed[] {
  const own = annotations[ANNOTATIONS.name];
  const names = Object.entries(JSON.parse(annotations[ANNOTATIONS.names] ?? '{}') as Record<string, string>);
  const others = names.flatMap(([key, theirs]) => {
    const [, ours] = /^(?:network|disk)\/(.+)$/.exec(key) ?? [];
    return ours === undefined ? [] : [{ ours, theirs: lastPart(theirs) }];
  });
  return [...(own === undefined ? [] : [{ ours: name, theirs: own }]), ...others].filter(
    ({ ours, theirs }) => ours !== theirs && !theirs.endsWith(`/${ours}`),
  );
}
