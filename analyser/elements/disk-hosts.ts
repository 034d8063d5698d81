import { ordered } from '../table/list.ts';
import { fieldOf } from '../table/rule.ts';
import type { ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, text } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import type { LayerDraft } from './draft.ts';

type Host = NonNullable<NonNullable<LayerDraft['spec']['network']>['hosts']>[number];
const hostRule = fieldOf<Host>();

const host: ElementTable<Host> = {
  attributes: {
    name: hostRule('name', text(255), { field: 'spec.name' }),
    port: hostRule('port', whole(1, 65535), { field: 'spec.port' }),
    transport: hostRule('transport', wordOf('tcp', 'unix', 'rdma'), { field: 'spec.transport' }),
    socket: hostRule('socket', hostPath, { field: 'spec.socket' }),
  },
};

/** The servers of a disk on the network. */
export const hosts = ordered<LayerDraft, Host>({
  at: '.source.network.hosts',
  list: ({ spec }) => spec.network?.hosts,
  begin: ({ spec }) => {
    spec.network = { ...spec.network, hosts: spec.network?.hosts ?? [] } as NonNullable<typeof spec.network>;
    return spec.network.hosts as Host[];
  },
  make: () => ({}),
  choice: () => host,
  writes: () => host,
});
