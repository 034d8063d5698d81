import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyse } from '../../analyser/index.ts';
import { commandFor } from '../../cli/chunks/showcmd.ts';
import { lookupIn } from '../../cli/showcmd/lookup.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { FIXTURES } from './corpus.ts';

/** Machines that have nothing but devices, and beside each what libvirt's own builder makes of these, in qemu's words. */
const NAMES = ['disks', 'disks-network', 'interfaces', 'characters', 'displays', 'host-devices'];

const read = (file: string): string => readFileSync(join(FIXTURES, file), 'utf8');

/** An option and its value to a line, from the first device on. */
function deviceLines(xml: string): string[] {
  const { objects } = analyse(xml);
  const words = commandFor(objects[0] as VirtualMachine, lookupIn(objects), '/run').slice(1);
  const lines = words
    .join('\n')
    .replace(/\n(?!-)/g, ' ')
    .split('\n');
  const first = lines.findIndex((line) => /^-(audiodev|display) /.test(line));
  return lines.slice(first);
}

for (const name of NAMES) {
  test(`the devices of ${name}.xml are started as libvirt starts them`, () => {
    expect(deviceLines(read(`${name}.xml`))).toEqual(read(`${name}.args`).trimEnd().split('\n'));
  });
}
