import type { Scenarios } from '../scenario.ts';
import { disk, disks, machine, machines, PATCHES } from './objects.ts';

const FIELD_VALIDATION = ['', 'Ignore', 'Warn', 'Strict', 'Odd'] as const;

/** Field validation and changes that rules forbid. The mutations are in a file of their own. */
export const validate: Scenarios = {
  'unknown and duplicate fields': async (session) => {
    const text = JSON.stringify({ ...disk('a', { size: '1Gi', colour: 'red', deep: { er: 1 } }), extra: 1 });
    const bodies = {
      unknown: text,
      duplicate:
        '{"apiVersion":"vmctl.dev/v1alpha1","kind":"VirtualMachineDisk","metadata":{"name":"a"},"spec":{"size":"1Gi","size":"2Gi"}}',
      'unknown metadata': JSON.stringify(disk('a', { size: '1Gi' }, { colour: 'red' })),
      'in a list': JSON.stringify(
        machine('a', {
          disks: [
            { name: 'x', blank: { size: '1Gi' }, odd: 1 },
            { name: 'y', blank: { size: '1Gi', odd: 2 } },
          ],
        }),
      ),
    };
    for (const mode of FIELD_VALIDATION) {
      for (const [name, body] of Object.entries(bodies)) {
        const query = `?dryRun=All${mode && `&fieldValidation=${mode}`}`;
        const path = name === 'in a list' ? machines(session, query) : disks(session, query);
        await session.send(`${name}, ${mode || 'nothing said'}`, { method: 'POST', path, body });
      }
    }
    const yaml =
      'apiVersion: vmctl.dev/v1alpha1\nkind: VirtualMachineDisk\nmetadata: {name: a}\nspec:\n  size: 1Gi\n  size: 2Gi\n  odd: 1\n';
    for (const mode of ['Strict', 'Warn'] as const) {
      await session.send(`yaml, ${mode}`, {
        method: 'POST',
        path: disks(session, `?dryRun=All&fieldValidation=${mode}`),
        body: yaml,
        type: 'application/yaml',
      });
    }
  },

  'strictness of patches': async (session) => {
    const path = (query: string): string => disks(session, `a?${query}`);
    await session.send('create', { method: 'POST', path: disks(session), body: disk('a') });
    for (const mode of ['Ignore', 'Warn', 'Strict'] as const) {
      const query = `dryRun=All&fieldValidation=${mode}`;
      const patch = { method: 'PATCH', path: path(query) };
      await session.send(`merge ${mode}`, { ...patch, type: PATCHES.merge, body: { spec: { odd: 1 } } });
      await session.send(`json ${mode}`, {
        ...patch,
        type: PATCHES.json,
        body: [{ op: 'add', path: '/spec/odd', value: 1, more: 2 }],
      });
      await session.send(`apply ${mode}`, {
        ...patch,
        path: path(`${query}&fieldManager=me`),
        type: PATCHES.apply,
        body: disk('a', { size: '1Gi', odd: 1 }),
      });
      await session.send(`put ${mode}`, { method: 'PUT', path: path(query), body: disk('a', { size: '1Gi', odd: 1 }) });
    }
  },

  'rules about changes': async (session) => {
    const { send } = session;
    await send('create', {
      method: 'POST',
      path: disks(session),
      body: disk('a', { size: '4Gi', source: { image: { name: 'x' } } }),
    });
    const patch = (step: string, spec: object) =>
      send(step, { method: 'PATCH', path: disks(session, 'a'), type: PATCHES.merge, body: { spec } });
    await patch('shrink', { size: '1Gi' });
    await patch('other pool', { pool: 'fast' });
    await patch('other format', { format: 'raw' });
    await patch('other source', { source: { image: { name: 'y' } } });
    await patch('no source', { source: null });
    await patch('two sources', { source: { blank: {} } });
    await patch('several at once', { size: '1Gi', pool: 'fast', format: 'raw', source: null });
    await patch('no size', { size: null });
    await patch('grow', { size: '8Gi' });
    await patch('same size, other words', { size: '8192Mi' });
  },

  'rules about one object': async (session) => {
    const specs: Record<string, object> = {
      'no size': {},
      'two sources': { size: '1Gi', source: { blank: {}, image: { name: 'x' } } },
      'no source in source': { size: '1Gi', source: {} },
      'raw with metadata': { size: '1Gi', format: 'raw', preallocation: 'Metadata' },
      'size is no quantity': { size: 'big' },
      'size too small': { size: '1' },
      'size too large': { size: '99999Ti' },
      'size is a list': { size: [] },
      'size is a fraction': { size: 1.5 },
      'many things': {
        size: 'big',
        format: 'vmdk',
        pool: 'Not_A_Name',
        reclaimPolicy: 'Maybe',
        source: { url: { url: 'x', checksum: 'y' } },
      },
    };
    for (const [step, spec] of Object.entries(specs)) {
      await session.send(step, { method: 'POST', path: disks(session), body: disk('a', spec) });
    }
  },

  'rules about machines': async (session) => {
    const blank = { blank: { size: '1Gi' } };
    const specs: Record<string, object> = {
      'two disks of one name': {
        disks: [
          { name: 'a', ...blank },
          { name: 'a', ...blank },
        ],
      },
      'a disk without a name': { disks: [{ ...blank }] },
      'a disk of nothing': { disks: [{ name: 'a' }] },
      'a disk of two things': { disks: [{ name: 'a', ...blank, disk: { name: 'x' } }] },
      'too many processors': { cpu: { sockets: 32, cores: 32, threads: 2 } },
      'max below size': { memory: { size: '2Gi', max: '1Gi' } },
      'memory too small': { memory: { size: '1Ki' } },
      'memory without a size': { memory: {} },
      'powerState of no kind': { powerState: 'On' },
      'bad MAC': { interfaces: [{ name: 'a', network: { name: 'x' }, macAddress: 'zz' }] },
      'bad types': { cpu: 'two', disks: {}, interfaces: 'x', powerState: 5 },
      'two firmwares': { machine: { firmware: { bios: {}, uefi: {} } } },
      'no graphics variant': { graphics: [{}] },
    };
    for (const [step, spec] of Object.entries(specs)) {
      await session.send(step, { method: 'POST', path: machines(session), body: machine('a', spec) });
    }
  },
};
