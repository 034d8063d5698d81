import type { DomainDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

type Threads = NonNullable<DomainDraft['spec']['iothreads']>;

const nameOf = (id: number): string => `iothread${id}`;

/** Carries `<iothreads>`, how threads are pinned and scheduled, and what qemu is told beside all over. */
export function threadsFromLibvirt({ draft, faults }: Building): void {
  const { spec, libvirt, schedulers, extraArguments, iothreadPins } = draft;
  const list: Threads = [...((spec.iothreads ?? []) as Threads)];
  for (let id = 1; list.length < (libvirt.iothreads ?? 0); id += 1) {
    if (!list.some(({ name }) => name === nameOf(id))) list.push({ name: nameOf(id) });
  }
  for (const { iothread = 0, cpuset } of iothreadPins) {
    const thread = list.find(({ name }) => name === nameOf(iothread));
    if (thread && cpuset !== undefined) thread.cpuset = cpuset;
    else faults.push({ xpath: '/domain/cputune/iothreadpin', reason: `there is no IO thread ${iothread}` });
  }
  if (list.length > 0) spec.iothreads = list;
  const rules = [...schedulers.vcpus, ...schedulers.iothreads, ...schedulers.emulator];
  if (rules.length > 0) spec.tuning = { ...spec.tuning, schedulers: rules };
  const words = extraArguments.flatMap(({ value }) => value ?? []);
  if (words.length > 0) spec.launch = { ...spec.launch, extraArguments: words };
}

export function threadsToLibvirt(draft: DomainDraft): void {
  const { spec } = draft;
  const list = spec.iothreads ?? [];
  if (list.length > 0) draft.libvirt.iothreads = list.length;
  draft.iothreadPins = list.flatMap(({ name, cpuset }) => {
    const id = /^iothread([0-9]+)$/.exec(name)?.[1];
    return cpuset === undefined || id === undefined ? [] : [{ iothread: Number(id), cpuset }];
  });
  const rules = spec.tuning?.schedulers ?? [];
  draft.schedulers = {
    vcpus: rules.filter(({ vcpus }) => vcpus !== undefined),
    iothreads: rules.filter(({ iothreads }) => iothreads !== undefined),
    emulator: rules.filter(({ emulator }) => emulator !== undefined),
  };
  draft.extraArguments = (spec.launch?.extraArguments ?? []).map((value) => ({ value }));
}
