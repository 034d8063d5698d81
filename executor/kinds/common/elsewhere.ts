import type { List } from '../../../schemas/client/client.ts';
import { resourceOf } from '../../../schemas/client/paths.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';

/** What of a machine says which disks and images it names. */
export type Namer = Pick<VirtualMachine, 'metadata'> & {
  readonly spec: Pick<VirtualMachine['spec'], 'disks' | 'machine'>;
  readonly status?: Pick<NonNullable<VirtualMachine['status']>, 'disks'>;
};

/** The list that is being read, and the one that begins after it. */
interface Lists {
  running: Promise<readonly Namer[]>;
  next?: Promise<readonly Namer[]> | undefined;
}

const MACHINES = resourceOf(kindNames.VirtualMachine);
const PAGE = 500;

const known = new WeakMap<Context, Map<string, Lists>>();

/**
 * The machines of a namespace that other nodes have, or none, as the API has them now. Where this executor follows its own
 * alone, it asks this before anything is lost to another; where it follows all there is nothing to ask. A hundred that ask at
 * once, as when many disks go, share an answer: each gets one that was asked for after it came.
 * @throws ApiError, ConnectionError
 */
export function machinesElsewhere(context: Context, namespace: string): Promise<readonly Namer[]> {
  if (!context.store.ownMachinesOnly) return Promise.resolve([]);
  const all = known.get(context) ?? new Map<string, Lists>();
  known.set(context, all);
  const lists = all.get(namespace);
  const begin = (): Promise<readonly Namer[]> => {
    const own: Lists = { running: listElsewhere(context, namespace) };
    all.set(namespace, own);
    const end = () => own.next === undefined && all.delete(namespace);
    own.running.then(end, end);
    return own.running;
  };
  if (!lists) return begin();
  lists.next ??= lists.running.then(begin, begin);
  return lists.next;
}

/** Page by page, and no more than is asked for of each: ten thousand whole machines are 100 MB. */
async function listElsewhere({ client, nodeName }: Context, namespace: string): Promise<Namer[]> {
  const found: Namer[] = [];
  let next: string | undefined;
  do {
    const query = { fieldSelector: `spec.nodeName!=${nodeName}`, limit: PAGE, continue: next };
    const page: List<VirtualMachine> = await client.list<VirtualMachine>(MACHINES, namespace, { query });
    found.push(...page.items.map(outline));
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return found;
}

function outline({ metadata, spec, status }: VirtualMachine): Namer {
  const { name, uid, creationTimestamp } = metadata;
  return {
    metadata: {
      name,
      namespace: metadata.namespace ?? 'default',
      ...(uid !== undefined && { uid }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { ...(spec.disks && { disks: spec.disks }), ...(spec.machine && { machine: spec.machine }) },
    ...(status?.disks && { status: { disks: status.disks } }),
  };
}
