import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { hostFacts, toNodeName } from '../../executor/host/facts.ts';

describe('facts about the host', () => {
  it('are those of this one', async () => {
    const facts = await hostFacts();
    expect(facts.cpus).toBeGreaterThan(0);
    const kib = /MemTotal:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
    expect(facts.memoryBytes).toBe(Number(kib) * 1024);
    expect(facts.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(facts.qemu?.version).toMatch(/^\d+\.\d+/);
    expect(facts.qemu?.path).toContain(`qemu-system-${facts.architecture}`);
    expect(facts.tools['qemu-img']).toMatch(/\/qemu-img$/);
    expect(facts.user.uid).toBe(process.getuid?.());
    expect(facts.operatingSystem).not.toBe('');
  });

  it.each([
    ['Web-01.Example.COM', 'web-01.example.com'],
    ['my_host', 'my-host'],
    ['-odd-.-', 'odd'],
    ['___', 'localhost'],
    ['x'.repeat(64), 'x'.repeat(63)],
  ])('name the node %j as %j', (host, name) => {
    expect(toNodeName(host)).toBe(name);
  });
});
