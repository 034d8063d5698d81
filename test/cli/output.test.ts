import { describe, expect, it } from 'vitest';
import { OURS } from '../../cli/api/resources.ts';
import { describe as describeObject } from '../../cli/describe/describe.ts';
import type { Event } from '../../cli/describe/events.ts';
import { tree } from '../../cli/describe/tree.ts';
import { type Check, doctorLines } from '../../cli/home/doctor.ts';
import { formatObject } from '../../cli/output/object.ts';
import { formatTable, printable, type Table } from '../../cli/output/table.ts';

const object = (name: string) => ({ apiVersion: 'v1', kind: 'X', metadata: { name, namespace: 'default' } });

const TABLE: Table = {
  kind: 'Table',
  columnDefinitions: [
    { name: 'Name', type: 'string' },
    { name: 'Power', type: 'string', priority: 0 },
    { name: 'Node', type: 'string', priority: 1 },
    { name: 'Age', type: 'date' },
  ],
  rows: [
    { cells: ['web', 'Running', 'n1', '5m'], object: object('web') },
    { cells: ['a-longer-name', null, '', '3d'], object: object('a-longer-name') },
  ],
};

describe('tables', () => {
  it('line up as kubectl has them', () => {
    expect(formatTable(TABLE)).toEqual([
      'NAME            POWER     AGE',
      'web             Running   5m',
      'a-longer-name             3d',
    ]);
  });

  it('show all columns when wide, and namespaces', () => {
    expect(formatTable(TABLE, { wide: true, namespaces: true })).toEqual([
      'NAMESPACE   NAME            POWER     NODE   AGE',
      'default     web             Running   n1     5m',
      'default     a-longer-name                    3d',
    ]);
  });

  it('can go without a header and with a prefix', () => {
    expect(formatTable(TABLE, { headers: false, prefix: 'x/' })[0]).toBe('x/web             Running   5m');
  });

  it('survive a server that sends nothing', () => {
    expect(formatTable({ kind: 'Table', columnDefinitions: null, rows: null })).toEqual(['']);
  });

  it('cannot move the cursor', () => {
    expect(printable('a\u001b[2Jb\nc')).toBe('a\\x1b[2Jb\\nc');
  });
});

describe('objects', () => {
  it('are named as kubectl names them', async () => {
    expect(await formatObject({ metadata: { name: 'web' } }, OURS.VirtualMachine, 'name')).toBe(
      'virtualmachine.vmctl.dev/web',
    );
    expect(await formatObject({ metadata: { generateName: 'web-' } }, OURS.VirtualMachineSnapshot, 'name')).toBe(
      'virtualmachinesnapshot.vmctl.dev/web-<generated>',
    );
  });

  it('are YAML and JSON', async () => {
    const web = { metadata: { name: 'web' }, spec: { powerState: 'Off', list: [] } };
    expect(await formatObject(web, OURS.VirtualMachine, 'yaml')).toBe(
      'metadata:\n  name: web\nspec:\n  powerState: Off\n  list: []',
    );
    expect(JSON.parse(await formatObject(web, OURS.VirtualMachine, 'json'))).toEqual(web);
  });
});

describe('describe', () => {
  it('shows an object as a tree', () => {
    expect(
      tree({
        powerState: 'Running',
        cpu: { cores: 2, maxVcpus: 4 },
        disks: [{ name: 'root', readOnly: false }],
        addresses: ['a', 'b'],
        none: [],
      }),
    ).toEqual([
      'Power State:  Running',
      'Cpu:',
      '  Cores:      2',
      '  Max Vcpus:  4',
      'Disks:',
      '  root:',
      '    Read Only:  false',
      'Addresses:    a, b',
      'None:         <none>',
    ]);
  });

  it('ends with conditions and events', () => {
    const now = Date.parse('2026-01-01T00:10:00Z');
    const machine = {
      ...{ apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachine' },
      metadata: {
        name: 'web',
        namespace: 'default',
        labels: { app: 'web' },
        creationTimestamp: new Date(Date.now() - 90_000).toISOString(),
      },
      spec: { powerState: 'Running' },
      status: {
        powerState: 'Stopped',
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'ImageNotFound',
            message: 'no image',
            lastTransitionTime: new Date(Date.now() - 60_000).toISOString(),
          },
        ],
      },
    };
    const event = {
      ...object('e'),
      ...{ type: 'Warning', reason: 'Failed', message: 'bad\nthing', count: 3, involvedObject: {} },
      ...{
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:09:00Z',
        source: { component: 'vm-executor' },
      },
    } as Event;
    const text = describeObject(machine, [event]);
    expect(text).toContain('Labels:       app=web');
    expect(text).toContain('Annotations:  <none>');
    expect(text).toMatch(
      /^Conditions:\n {2}Type +Status +Reason +Since +Message\n {2}Ready +False +ImageNotFound +6\ds +no image$/m,
    );
    expect(text).toMatch(/^ {2}Warning +Failed .*vm-executor +bad thing$/m);
    expect(now).toBeGreaterThan(0);
  });
});

describe('doctor', () => {
  it('says what to do about what is missing', () => {
    const checks: Check[] = [
      { name: 'qemu', status: 'missing', message: 'not installed', fix: 'apt-get install qemu-system-x86' },
      { name: 'cgroups', status: 'ok', message: 'fine', fix: 'nothing' },
      { name: 'user', status: 'warning', message: 'root' },
    ];
    expect(doctorLines(checks)).toEqual([
      '✗ qemu: not installed',
      '    apt-get install qemu-system-x86',
      '✓ cgroups: fine',
      '! user: root',
    ]);
  });
});
